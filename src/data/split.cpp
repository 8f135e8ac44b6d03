#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "core/random.h"
#include "thalweg/error.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {
namespace {

using Strata = std::map<std::uint32_t, std::vector<std::uint32_t>>;

Strata group_rows(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> strata) {
    Strata groups;
    for (std::size_t i = 0; i < rows.size(); ++i) groups[strata.empty() ? 0 : strata[i]].push_back(rows[i]);
    return groups;
}

/// How many of the first `rows` rows belong to validation, were they laid end to end.
std::size_t share_of(std::size_t rows, double share) {
    return static_cast<std::size_t>(std::llround(static_cast<double>(rows) * share));
}

void check_strata(std::span<const std::uint32_t> strata, std::size_t rows) {
    if (!strata.empty() && strata.size() != rows)
        throw Error(ErrorKind::data, fmt::format("{} strata for {} rows", strata.size(), rows));
}

}  // namespace

Split split_rows(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> strata, double share,
                 std::uint64_t seed) {
    if (!(share >= 0.0 && share < 1.0))
        throw Error(
            ErrorKind::usage,
            fmt::format("the share of validation rows is {}; it must be at least 0 and below 1", share));
    check_strata(strata, rows.size());

    Split split;
    std::size_t passed = 0, wanted = 0;
    for (auto& [stratum, group] : group_rows(rows, strata)) {
        shuffle(group, Random(seed, RandomStream::split, stratum));
        // Rounding the running total, not each group, keeps the share over many small groups.
        wanted += share_of(passed + group.size(), share) - share_of(passed, share);
        passed += group.size();
        // A class of which training saw nothing could not be learnt: one row of each stays there.
        const std::size_t taken = std::min(wanted, group.size() - 1);
        wanted -= taken;
        const auto cut = group.begin() + static_cast<std::ptrdiff_t>(taken);
        split.validation.insert(split.validation.end(), group.begin(), cut);
        split.training.insert(split.training.end(), cut, group.end());
    }
    if (share > 0.0 && split.validation.empty() && split.training.size() > 1) {
        const Random random(seed, RandomStream::split, 0);
        const auto drawn = static_cast<std::ptrdiff_t>(random.below(rows.size(), split.training.size()));
        split.validation.push_back(split.training[static_cast<std::size_t>(drawn)]);
        split.training.erase(split.training.begin() + drawn);
    }
    std::sort(split.training.begin(), split.training.end());
    std::sort(split.validation.begin(), split.validation.end());
    return split;
}

std::vector<std::uint32_t> deal_folds(std::size_t rows, std::span<const std::uint32_t> strata,
                                      std::size_t folds, std::uint64_t seed) {
    if (folds < 2) throw Error(ErrorKind::usage, fmt::format("{} folds: there must be at least 2", folds));
    if (folds > rows)
        throw Error(ErrorKind::data, fmt::format("{} rows cannot be dealt out to {} folds: take at most {}",
                                                 rows, folds, rows));
    check_strata(strata, rows);
    std::vector<std::uint32_t> positions(rows);
    std::iota(positions.begin(), positions.end(), 0U);
    std::vector<std::uint32_t> fold_of_rows(rows);
    std::size_t dealt = 0;
    // One stratum goes on where the one before it ended, so that the folds differ by one row however many
    // strata there are.
    for (auto& [stratum, group] : group_rows(positions, strata)) {
        shuffle(group, Random(seed, RandomStream::split, stratum));
        for (const std::uint32_t position : group)
            fold_of_rows[position] = static_cast<std::uint32_t>(dealt++ % folds);
    }
    return fold_of_rows;
}

Split split_fold(std::span<const std::uint32_t> fold_of_rows, std::size_t fold) {
    Split split;
    for (std::size_t row = 0; row < fold_of_rows.size(); ++row)
        (fold_of_rows[row] == fold ? split.validation : split.training)
            .push_back(static_cast<std::uint32_t>(row));
    return split;
}

}  // namespace thalweg
