#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/product.h"

namespace thalweg {

/// Multiply-adds that are worth a thread: some 35 microseconds, against the few that threads need to meet.
constexpr double kLeastWorkPerThread = 2.0e6;

struct Range {
    std::size_t first = 0;
    std::size_t last = 0;

    std::size_t size() const { return last - first; }
};

/// Part `part` of `parts` of 0 .. size, cut at multiples of `step`.
inline Range share_of(std::size_t size, std::size_t step, std::size_t part, std::size_t parts) {
    const std::size_t steps = (size + step - 1) / step;
    return {std::min(size, steps * part / parts * step), std::min(size, steps * (part + 1) / parts * step)};
}

/// Neurons of a layer whose weights part `part` of `parts` packs, sums the gradient of and updates: the same
/// ones, which so stay in its cache, where each part has as many whole panels.
inline Range share_of_neurons(std::size_t neurons, std::size_t part, std::size_t parts) {
    const bool whole_panels = neurons % (parts * kPackedColumns) == 0;
    return share_of(neurons, whole_panels ? kPackedColumns : 1, part, parts);
}

/// How many of `threads` are worth their while for this many multiply-adds.
inline std::size_t threads_worth(double work, std::size_t threads) {
    return static_cast<std::size_t>(
        std::clamp(work / kLeastWorkPerThread, 1.0, static_cast<double>(threads)));
}

}  // namespace thalweg
