#include "files/csv_file.h"

#include <fmt/format.h>

#include <utility>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
/// Arrow's parser counts a block's bytes with 31 bits.
constexpr std::size_t kLongestRecord = std::size_t{1} << 30;

}  // namespace

CsvFile::CsvFile(Input opened, const ReadOptions& options)
    : input_(std::move(opened)),
      preamble_(read_preamble(look_ahead(input_), options)),
      scanner_(input_.name, preamble_.dialect, options.header) {
    scanner_.scan(preamble_.skipped);
    text_begin_ = scanner_.record_begin();
    fail_if_empty(peek(input_, 1).empty());
}

CsvFile::Sample CsvFile::sample() {
    const std::string_view text = peek(input_, kBlock);
    if (text.size() < kBlock) return {text, true};
    return {text.substr(0, text.rfind('\n') + 1), false};
}

std::string_view CsvFile::next_block() {
    text_.erase(0, std::exchange(given_, 0));
    while (given_ == 0 && !finished_) {
        const std::size_t before = text_.size();
        append(input_, kBlock, text_);
        if (text_.size() > before) {
            scanner_.scan(std::string_view(text_).substr(before));
            given_ = scanner_.record_begin() - text_begin_;
            if (given_ == 0) fail_if_too_long();
        } else {
            finished_ = true;
            scanner_.finish();
            fail_if_empty(scanner_.rows() == 0);
            given_ = text_.size();
        }
    }
    text_begin_ += given_;
    return std::string_view(text_).substr(0, given_);
}

void CsvFile::fail_if_empty(bool empty) const {
    if (empty) throw Error(ErrorKind::data, fmt::format("{}: no rows, only a header", input_.name));
}

void CsvFile::fail_if_too_long() const {
    if (text_.size() <= kLongestRecord) return;
    throw Error(ErrorKind::data,
                fmt::format("{}: line {}: a record of more than a gigabyte begins here; is a quote missing?",
                            input_.name, scanner_.record_line()));
}

}  // namespace thalweg
