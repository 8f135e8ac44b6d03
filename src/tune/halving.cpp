#include "tune/halving.h"

#include <algorithm>
#include <tuple>

namespace thalweg {

std::size_t rungs_for(double epochs) {
    constexpr double kLeastEpochs = 3.0;
    std::size_t rungs = 1;
    for (double left = epochs / kReduction; rungs < kMostRungs && left >= kLeastEpochs; left /= kReduction)
        ++rungs;
    return rungs;
}

std::size_t round_trials(std::size_t rungs) {
    std::size_t trials = 1;
    for (std::size_t rung = 1; rung < rungs; ++rung) trials *= kReduction;
    return trials;
}

double share_of_rung(std::size_t rung, std::size_t rungs) {
    double share = 1.0;
    for (std::size_t above = rung + 1; above < rungs; ++above) share /= kReduction;
    return share;
}

std::vector<std::size_t> promoted(std::vector<Standing> standings, std::size_t began) {
    std::ranges::sort(standings, {}, [](const Standing& one) { return std::tuple(one.score, one.trial); });
    standings.resize(std::min(standings.size(), (began + kReduction - 1) / kReduction));
    std::vector<std::size_t> trials;
    trials.reserve(standings.size());
    for (const Standing& one : standings) trials.push_back(one.trial);
    std::ranges::sort(trials);
    return trials;
}

}  // namespace thalweg
