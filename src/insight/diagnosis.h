#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "insight/examples.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// What can be wrong with a training.
enum class Trouble { high_rate, idle_loss, rising_loss, vanishing, exploding, dead, saturated, overfitting };

/// What a person should know of it: a sentence that says where and what to do.
struct Diagnosis {
    Trouble trouble;
    std::string text;
};

/// How the training of a network went: gradients that vanish or explode and in which layer, neurons that are
/// dead or saturated, a loss that does not fall, that rises, or falls on the training rows alone. Nothing
/// where training is well. `examples`: some rows of its data; constant_loss: see loss_of_constant;
/// training_rows: that were learnt from.
std::vector<Diagnosis> diagnose(const std::vector<EpochReport>& history, const Network<float>& network,
                                const PlainExamples& examples, const LossFunction& loss,
                                std::optional<double> constant_loss, std::size_t training_rows);

/// The same of a training, of all networks that are in the model: each trouble once, with the network that is
/// told of. `rows`: some of the data, `targets`: the target columns of many of its rows.
std::vector<std::string> diagnose(const Training& training, const Table& rows, const Table& targets);

/// How a network of the model was trained.
const NetworkTraining& training_of(const Training& training, std::size_t number);

/// Which rows of a table are looked at where all would be too many: at most `wanted` at even distances.
std::vector<std::uint32_t> rows_at_even_distances(std::size_t rows, std::size_t wanted);
/// These of a table, of all columns or some, copied: what is left of it to look at once it is encoded.
Table sample_rows(const Table& table, std::span<const std::uint32_t> rows,
                  const std::vector<std::string>& columns = {});

}  // namespace thalweg
