#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace thalweg {

/// What a column of text turns out to hold.
enum class TextContent { words, numbers, numbers_with_mistakes };

/// Judged by the different values that occur (`counts`: how often each does). Numbers with mistakes: nine in
/// ten are numbers, or all would be with a decimal comma.
TextContent content_of(std::span<const std::string> values, std::span<const std::size_t> counts);

/// "007" is a code, not the number 7.
bool has_leading_zero(std::string_view text);

}  // namespace thalweg
