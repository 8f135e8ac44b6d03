#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "data/column_plan.h"
#include "data/numbers.h"

namespace thalweg {
namespace {

/// Fewer rows than these can be all different by chance.
constexpr std::size_t kLeastRows = 20;
/// A run without a telling name must be this long before it is taken for row numbers.
constexpr std::size_t kLeastRowsOfRun = 50;
/// Of row numbers split at random, a training part holds more than these.
constexpr double kLeastShareOfRun = 0.4;
/// A text is an identifier above this share of different values.
constexpr double kShareDifferent = 0.9;

/// The words of a name: "customerID", "customer_id" and "Customer Id" are {customer, id}.
std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words(1);
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (is_upper(c) && i > 0 && is_lower(name[i - 1])) words.emplace_back();
        if (is_upper(c)) {
            words.back() += static_cast<char>(c - 'A' + 'a');
        } else if (is_lower(c) || static_cast<unsigned char>(c) >= 0x80) {
            words.back() += c;
        } else if (!words.back().empty()) {
            words.emplace_back();
        }
    }
    std::erase(words, "");
    return words;
}

template <std::size_t N>
bool has_word(std::string_view name, const std::array<std::string_view, N>& wanted) {
    const std::vector<std::string> words = words_of(name);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
    });
}

bool names_a_scale(std::string_view name) {
    static constexpr std::array<std::string_view, 22> kWords = {
        "t",    "time", "second", "seconds", "minute",   "hour",    "hours", "day",
        "days", "week", "month",  "year",    "step",     "age",     "rank",  "x",
        "y",    "z",    "order",  "depth",   "position", "distance"};
    return has_word(name, kWords);
}

bool all_different(std::span<const double> values) {
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

}  // namespace

bool names_an_identifier(std::string_view name) {
    // "" and "Unnamed: 0" are how pandas writes its index.
    static constexpr std::array<std::string_view, 14> kWords = {
        "id",  "ids", "idx",   "index",  "identifier", "uuid",   "guid",
        "key", "row", "rowid", "rownum", "unnamed",    "serial", "passengerid"};
    return name.empty() || has_word(name, kWords);
}

bool looks_like_identifier(std::string_view name, std::span<const double> values) {
    if (values.size() < kLeastRows) return false;
    const bool whole = std::all_of(values.begin(), values.end(), [](double v) { return std::trunc(v) == v; });
    if (!whole || !all_different(values)) return false;
    if (names_an_identifier(name)) return true;
    if (names_a_scale(name) || values.size() < kLeastRowsOfRun) return false;
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    const double count = static_cast<double>(values.size());
    const double run = *greatest - *least + 1.0;
    // Of a run 1..n split at random, the least value left is a small one.
    return *least >= 0.0 && *least <= 1.0 + 20.0 * run / count && count >= kLeastShareOfRun * run;
}

bool nearly_all_different(std::span<const std::size_t> counts) {
    const std::size_t cells = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const auto different = static_cast<std::size_t>(
        std::count_if(counts.begin(), counts.end(), [](std::size_t count) { return count > 0; }));
    return cells >= kLeastRows &&
           static_cast<double>(different) > kShareDifferent * static_cast<double>(cells);
}

}  // namespace thalweg
