#pragma once

#include <cstddef>
#include <string>

#include "insight/examples.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// A network with the examples on which its gradient is checked.
struct CheckSubject {
    std::string title;
    Network<float> network;
    LossFunction loss;
    PlainExamples examples;
};

/// Network `number` (from 1) of a model on the first labelled rows of a table, `rows` at most. Throws
/// Error{usage}: no such network; Error{data}: no row has a target.
CheckSubject subject_of(const Model& model, const Table& table, std::size_t number, std::size_t rows);
/// The same on rows drawn at random.
CheckSubject subject_of(const Model& model, std::size_t number, std::size_t rows, std::uint64_t seed);

/// A network as `train` would begin with, on the first rows that it would learn from. Throws what train
/// throws.
CheckSubject untrained(const Table& table, const TrainOptions& options, std::size_t rows);
/// A network of so many inputs and outputs, on rows drawn at random.
CheckSubject untrained(std::size_t inputs, std::size_t outputs, const TrainOptions& options,
                       std::size_t rows);

}  // namespace thalweg
