#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "thalweg/table.hpp"

namespace thalweg {

/// Gathers a column of text: each distinct value once, in order of first appearance.
class TextColumn {
  public:
    void reserve(std::size_t rows) { codes_.reserve(rows); }

    /// The code of a value, which is new to the dictionary or not.
    std::uint32_t code_of(std::string_view value) {
        const auto known = code_of_value_.find(value);
        if (known != code_of_value_.end()) return known->second;
        const auto code = static_cast<std::uint32_t>(dictionary_.size());
        // The keys point into the deque, whose strings never move.
        code_of_value_.emplace(dictionary_.emplace_back(value), code);
        return code;
    }
    void append_code(std::uint32_t code) { codes_.push_back(code); }
    void append_missing() { codes_.push_back(Column::kMissingCode); }
    /// An empty text is a missing one, in every kind of file.
    void append(std::string_view value) {
        codes_.push_back(value.empty() ? Column::kMissingCode : code_of(value));
    }

    /// Moves the column out.
    Column finish(std::string name) {
        Column column;
        column.name = std::move(name);
        column.type = ColumnType::text;
        column.codes = std::move(codes_);
        code_of_value_.clear();
        column.dictionary.assign(std::make_move_iterator(dictionary_.begin()),
                                 std::make_move_iterator(dictionary_.end()));
        return column;
    }

  private:
    std::vector<std::uint32_t> codes_;
    std::deque<std::string> dictionary_;
    std::unordered_map<std::string_view, std::uint32_t> code_of_value_;
};

}  // namespace thalweg
