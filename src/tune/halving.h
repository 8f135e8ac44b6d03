#pragma once

#include <cstddef>
#include <vector>

namespace thalweg {

/// Of so many trials one in this many goes on to the next rung, where it is trained this many times as long.
inline constexpr std::size_t kReduction = 3;
inline constexpr std::size_t kMostRungs = 3;

/// As many rungs, kMostRungs at most, as leave the shortest training three epochs: fewer tell little.
std::size_t rungs_for(double epochs);

/// The trials that a round begins with, of which one reaches the last rung. It costs as many full trainings
/// as there are rungs.
std::size_t round_trials(std::size_t rungs);

/// The share of its epochs that a trial is trained for on a rung, from 0; the last has all.
double share_of_rung(std::size_t rung, std::size_t rungs);

/// A trial on a rung; failed ones have no score.
struct Standing {
    std::size_t trial = 0;
    double score = 0.0;
};

/// Those that go on, by their numbers: of n that began the rung the best n / kReduction, rounded up, and
/// fewer where fewer have a score. The first of equals is the better one.
std::vector<std::size_t> promoted(std::vector<Standing> standings, std::size_t began);

}  // namespace thalweg
