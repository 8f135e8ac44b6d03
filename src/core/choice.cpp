#include "thalweg/choice.hpp"

#include <algorithm>
#include <numeric>

namespace thalweg {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment; Damerau 1964).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), current(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, replace});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(current);
    }
    return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view word, std::span<const std::string> names) {
    std::string nearest;
    // A third of the letters wrong is a typing error; more is another word.
    std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::size_t longer = std::max(word.size(), name.size());
        const std::size_t shorter = std::min(word.size(), name.size());
        if (longer - shorter >= best) continue;  // so far apart by their lengths alone
        const std::size_t distance = edit_distance(word, name);
        if (distance < best && distance < longer) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}

std::string unknown_name_message(std::string_view noun, std::string_view word,
                                 std::span<const std::string> names) {
    std::string message = "unknown " + std::string(noun) + " '" + std::string(word) + "'";
    const std::string nearest = nearest_name(word, names);
    message += nearest.empty() ? ";" : "; did you mean '" + nearest + "'?";
    message += " one of: ";
    for (std::size_t i = 0; i < names.size(); ++i) message += (i == 0 ? "" : ", ") + names[i];
    return message;
}

}  // namespace thalweg
