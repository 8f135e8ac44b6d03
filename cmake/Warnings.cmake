# Flags of our own code. No contraction: a*b+c is fused only where the source says so, which keeps the bits the
# same from one compiler to the next.
add_library(thalweg_warnings INTERFACE)
target_compile_options(thalweg_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -ffp-contract=off
    # GCC 12 sees overlaps in the joining of std::string that are none (GCC bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    $<$<BOOL:${THALWEG_WERROR}>:-Werror>)
