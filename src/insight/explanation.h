#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "insight/attribution.h"
#include "insight/examples.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// A column's cell in the row that is explained, and the inputs that it became.
struct ExplainedCell {
    std::string column;
    std::string text;
    std::size_t first_input = 0;
    std::size_t inputs = 0;
};

/// What the network says, in the unit in which `predict` does.
struct ExplainedPrediction {
    std::string name;
    double value = 0.0;
};

/// One example on its way through a network and back: every quantity of theory.md. What the renderings show,
/// as text, JSON or page, is in here and nowhere else.
struct Explanation {
    std::string title;       ///< "houses.csv: line 4"
    std::string model;       ///< its file; empty: none
    std::size_t number = 1;  ///< which of the model's networks, from 1
    std::size_t count = 1;   ///< how many it has
    std::string member;      ///< of an ensemble that shares weights: which, and where its factors are
    Network<double> network;
    LossFunction loss;
    PlainExamples example;  ///< one
    std::string label;      ///< what should come out, as the table has it; empty where it is not known
    std::vector<ExplainedCell> cells;
    std::vector<std::string> input_names;     ///< of x
    std::vector<std::string> embedded_names;  ///< of what layer 1 reads
    std::vector<std::string> output_names;
    std::vector<ExplainedPrediction> predictions;
    std::string calibration;  ///< what the model does to its probabilities, and not to these; empty: nothing
    std::vector<std::string> attributed_columns;
    std::vector<Attribution> attributions;  ///< of the whole model; empty unless they were asked for

    Trace<double> trace;
    std::optional<Gradient<double>> gradient;      ///< none where the label is not known
    std::vector<Matrix<double>> grad_activations;  ///< [i] is grad_{h_i}, 0 <= i < L
    std::vector<double> grad_y_hat;

    const NetworkShape& shape() const { return network.shape(); }
    std::size_t layers() const { return network.layers(); }
};

/// Row `row` (from 0) of a table, by network `number` (from 1) of the model. Throws Error{usage}: there is no
/// such network; Error{data}: no such row, and what encoding a row throws.
Explanation explain(const Model& model, const Table& table, std::size_t row, std::size_t number);
/// Adds what each column contributed to the row's prediction.
void attribute(Explanation& explanation, const Model& model, const Table& table, std::size_t row,
               int threads = 0);

/// An example without a table, by any network.
Explanation explain_example(Network<double> network, const LossFunction& loss, PlainExamples example);

/// The 3-3-3-2 network of the theory, with an example of its own.
Explanation explain_theory();

/// `O'` in words for the text of the way back: "y_hat - e_l" for softmax and cross-entropy.
std::string output_gradient_formula(const NetworkShape& shape, const LossFunction& loss);
std::string y_hat_gradient_formula(const LossFunction& loss);

}  // namespace thalweg
