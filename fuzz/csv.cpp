#include "csv_options.h"
#include "table.h"

/// A text file. Its first byte chooses how it is read.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    if (size < 1) return 0;
    thalweg::fuzz::read_as_table(bytes + 1, size - 1, thalweg::fuzz::csv_options(bytes[0]));
    return 0;
}
