#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/train_options.hpp"

namespace thalweg {

/// What a search may choose for one option of training.
struct Dimension {
    enum class Kind {
        choice,       ///< one of `values`, with the chances of `chances` (empty: all alike)
        uniform,      ///< a number from least to most
        log_uniform,  ///< the same, as likely between 1 and 2 as between 10 and 20
        factor,       ///< log-uniform, times what the preset's defaults have
        integer,      ///< a whole number from least to most
        layers        ///< least to most hidden layers, all of a width from narrowest to widest in steps
    };

    std::string_view option;  ///< its name in the option table
    Kind kind = Kind::choice;
    std::vector<std::string_view> values = {};
    std::vector<double> chances = {};
    double least = 0.0;
    double most = 0.0;
    double zero = 0.0;  ///< the chance of 0 instead
    std::size_t narrowest = 0, widest = 0, step = 1;

    /// "log-uniform, 0.02 to 0.3", "one of 0 (0.3), 0.15 (0.5), 0.3 (0.2)"
    std::string text() const;
};

/// Name of an option -> its value as the option table reads it.
using Hyperparameters = std::map<std::string, std::string>;

/// What decides which options are searched.
struct SpaceFacts {
    Preset preset = Preset::automatic;
    Task task = Task::regression;
    bool may_embed = true;             ///< there are numbers, few enough to embed, and none has a direction
    bool may_bend = true;              ///< any activation fits
    std::set<std::string> fixed = {};  ///< options that the user chose, and those that depend on them
};

/// The space of a preset (docs/tuning.md, with its sources), without what is fixed.
std::vector<Dimension> space_of(const SpaceFacts& facts);

/// One point of the space, drawn by (seed, trial) alone. defaults: what `factor` multiplies; an option that
/// has none there, or 0, is left as it is.
Hyperparameters draw(const std::vector<Dimension>& space, const Hyperparameters& defaults, std::uint64_t seed,
                     std::uint32_t trial);

/// The options with these values. Throws Error{usage} where one does not fit its option.
TrainOptions with_values(TrainOptions options, const Hyperparameters& values);

/// What the options have for the dimensions of a space; none where they leave it open.
Hyperparameters values_of(TrainOptions options, const std::vector<Dimension>& space);

}  // namespace thalweg
