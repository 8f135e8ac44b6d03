# What most files include and nobody here changes is parsed once for a target, which is a quarter of its time to compile.
# Files still include what they use: -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON shows whether they do.
set(precompiled_headers <algorithm> <cmath> <filesystem> <fstream> <functional> <map> <memory> <optional> <span> <string>
                        <string_view> <utility> <vector> <fmt/format.h>)

# Of our own code, where clang compiles it, as for the sanitizers: with such headers GCC no longer knows which of its
# false warnings come from the system's. Tests do without those warnings (tests/CMakeLists.txt).
function(thalweg_precompile_headers target)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        target_precompile_headers(${target} PRIVATE ${precompiled_headers} <nlohmann/json.hpp>)
    endif()
endfunction()
