#include <string>
#include <string_view>
#include <utility>

#include "table.h"

namespace {

/// `bytes` with the marks that tell what they are at their ends, as their first byte says: an Arrow stream
/// (which has none at its end), an Arrow file, or else Parquet. Without them they would be read as text.
std::string with_right_marks(std::string_view bytes) {
    using namespace std::string_view_literals;
    const char kind = bytes.empty() ? '\0' : bytes.front();
    const auto [first, last] = kind == '\xFF' ? std::pair("\xFF\xFF\xFF\xFF"sv, ""sv)
                               : kind == 'A'  ? std::pair("ARROW1\0"sv, "ARROW1"sv)
                                              : std::pair("PAR1\x15"sv, "PAR1"sv);
    std::string file(bytes);
    if (file.size() < first.size() + last.size()) return file;
    file.replace(0, first.size(), first);
    file.replace(file.size() - last.size(), last.size(), last);
    return file;
}

}  // namespace

/// A Parquet or Arrow file; what Arrow makes of it is turned into our table. Arrow itself is not
/// instrumented.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string file = with_right_marks({reinterpret_cast<const char*>(bytes), size});
    thalweg::fuzz::read_as_table(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
    return 0;
}
