#include <vector>

#include "table.h"

/// An IDX file, whose first two bytes are always right.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    std::vector<std::uint8_t> file = {0, 0};
    file.insert(file.end(), bytes, bytes + size);
    thalweg::fuzz::read_as_table(file.data(), file.size());
    return 0;
}
