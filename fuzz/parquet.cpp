#include "table.h"

/// A Parquet or Arrow file; what Arrow makes of it is turned into our table. Arrow itself is not
/// instrumented.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    thalweg::fuzz::read_as_table(bytes, size);
    return 0;
}
