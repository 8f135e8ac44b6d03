#include "table.h"

/// A text file. Its first byte chooses how it is read.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    if (size < 1) return 0;
    thalweg::ReadOptions options;
    options.header = (bytes[0] & 1) == 0;
    if ((bytes[0] & 2) != 0) options.delimiter = ';';
    if ((bytes[0] & 4) != 0) options.decimal_point = ',';
    if ((bytes[0] & 8) != 0) options.quote = '\0';
    thalweg::fuzz::read_as_table(bytes + 1, size - 1, options);
    return 0;
}
