#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

/// Examples as the plain pass reads them: in double, with what should come out where that is known.
struct PlainExamples {
    Matrix<double> inputs;               ///< N x n_0
    Matrix<double> values;               ///< N x k; empty where there are classes, or nothing is known
    std::vector<std::uint32_t> classes;  ///< N; or empty

    std::size_t count() const { return inputs.rows(); }
    bool labelled() const { return values.rows() > 0 || !classes.empty(); }
    Targets<double> targets() const { return {values.view(), classes, {}}; }
};

/// The inputs that a column became.
struct InputRange {
    std::string column;
    std::size_t first = 0;
    std::size_t count = 0;
};

/// Of every column that is learnt from, in the order of the inputs: those of categories come last. A number
/// whose values recur has two.
std::vector<InputRange> input_ranges(const Preprocessor& preprocessor);

/// Some rows of a dataset.
PlainExamples plain_examples(const Dataset& dataset, std::span<const std::uint32_t> rows);

/// Some rows of a table as a model's networks read them. Labelled where the table has every target of every
/// row. Throws Error{data} (see Preprocessor::transform, TargetCoder::encode).
PlainExamples plain_examples(const Model& model, const Table& table, std::span<const std::uint32_t> rows);

/// Inputs and targets drawn at random, of the kind that the network and the loss take.
PlainExamples draw_examples(const NetworkShape& shape, const LossFunction& loss, std::size_t count,
                            std::uint64_t seed);

Matrix<float> in_float(const Matrix<double>& matrix);

/// Each example once for each of a network's members (see Members), which is what the plain pass takes.
PlainExamples for_each_member(const PlainExamples& examples, std::size_t members);

}  // namespace thalweg
