#pragma once

#include <cstddef>
#include <optional>

#include "thalweg/fit_state.hpp"
#include "thalweg/model.hpp"

namespace thalweg {

/// A training of one network in several calls: what the first rows decided, and where it stands.
struct Continuation {
    /// May be given before the first call: classes that its rows may lack.
    std::optional<TargetCoder> coder;
    Model model;                    ///< what the last call gave: its preprocessing, targets and shape stay
    std::size_t training_rows = 0;  ///< of the first call, which defaults go by
    std::size_t validation_rows = 0;
    FitState state;

    bool begun() const { return state.epoch > 0; }
};

/// As train, in several calls: the first one fits the preprocessing and makes the network, each further one
/// goes on with the same on its own rows, for `options.epochs` more. As nobody knows the end, defaults do not
/// look at it: the learning rate is constant, dropout and decay stay, and only `options.patience` stops
/// early. Throws as train does; Error{usage} for several networks, or a network other than the one that was
/// begun.
Training train_on(Continuation& continuation, const Table& table, const TrainOptions& options,
                  const TrainCallbacks& callbacks = {}, const Table* validation = nullptr);

}  // namespace thalweg
