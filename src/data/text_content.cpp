#include "data/text_content.h"

#include <numeric>

#include "data/numbers.h"

namespace thalweg {
namespace {

/// Text of which this share are numbers is a column of numbers with a mistake in it.
constexpr double kShareOfNumbers = 0.9;

/// How many of the values that occur satisfy `holds`.
template <class Predicate>
std::size_t count_values(std::span<const std::string> values, std::span<const std::size_t> counts,
                         Predicate holds) {
    std::size_t count = 0;
    for (std::size_t code = 0; code < counts.size(); ++code)
        if (counts[code] > 0 && holds(values[code])) ++count;
    return count;
}

bool is_number(const std::string& text) {
    return parse_number(text).has_value();
}
bool is_number_with_comma(const std::string& text) {
    return is_number(text) || parse_decimal_comma(text).has_value();
}

}  // namespace

bool has_leading_zero(std::string_view text) {
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

TextContent content_of(std::span<const std::string> values, std::span<const std::size_t> counts) {
    const std::size_t different = count_values(values, counts, [](const std::string&) { return true; });
    if (different == 0 || count_values(values, counts, has_leading_zero) > 0) return TextContent::words;
    const std::size_t numbers = count_values(values, counts, is_number);
    if (numbers == different) return TextContent::numbers;
    if (count_values(values, counts, is_number_with_comma) == different)
        return TextContent::numbers_with_mistakes;
    // One odd word among a handful of numbers is a mistake only where they are measured, each its own value.
    const std::size_t cells = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const bool one_odd = numbers + 1 == different && numbers >= 3 && cells < 2 * different;
    const bool most = static_cast<double>(numbers) >= kShareOfNumbers * static_cast<double>(different);
    return one_odd || most ? TextContent::numbers_with_mistakes : TextContent::words;
}

}  // namespace thalweg
