#include "formats/csv_scanner.h"

#include <algorithm>

#include "csv_options.h"
#include "formats/csv_preamble.h"
#include "thalweg/error.hpp"

using namespace thalweg;

namespace {

/// What is told of a text whose bytes come `piece` at a time: its rows, or what is wrong with it.
std::string told_of(const std::string& text, std::size_t piece, const ReadOptions& options) {
    std::string_view left = text;
    try {
        const LookAhead input{
            "f", [&](std::int64_t bytes) { return left.substr(0, static_cast<std::size_t>(bytes)); },
            [&](std::int64_t bytes) {
                left.remove_prefix(std::min(left.size(), static_cast<std::size_t>(bytes)));
            }};
        const CsvPreamble preamble = read_preamble(input, options);
        CsvScanner scanner("f", preamble.dialect, options.header);
        scanner.scan(preamble.skipped);
        for (; !left.empty(); left.remove_prefix(std::min(left.size(), piece)))
            scanner.scan(left.substr(0, piece));
        scanner.finish();
        return std::to_string(scanner.rows()) + " rows, line " + std::to_string(scanner.line());
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::usage) __builtin_trap();
        return error.what();
    }
}

}  // namespace

/// A text file, without Arrow: its header and where its rows are. The first byte chooses how it is read, and
/// in how long pieces; what is told must not depend on them.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    if (size < 1) return 0;
    const ReadOptions options = fuzz::csv_options(bytes[0]);
    const std::string text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    if (told_of(text, text.size() + 1, options) != told_of(text, 1 + bytes[0] / 16, options))
        __builtin_trap();
    return 0;
}
