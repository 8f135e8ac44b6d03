#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "insight/explanation.h"

namespace thalweg {

/// One line of a pass: a quantity, its formula and its numbers.
struct ExplainedStep {
    std::size_t layer = 0;                       ///< that it is about; 0: the input
    std::string formula;                         ///< "a_1 = b_1 + W_1 h_0"
    std::string remark;                          ///< "the logits"; or empty
    MatrixView<const double> values;             ///< a vector has one row; refers to the explanation
    const std::vector<std::string>* names = {};  ///< of the values of a vector; or none
};

/// From the input to y_hat, and from the loss back to the input (none where there is no label). The
/// explanation must outlive them.
std::vector<ExplainedStep> forward_steps(const Explanation& explanation);
std::vector<ExplainedStep> backward_steps(const Explanation& explanation);

/// "houses.csv: line 4 by houses.safetensors, network 1 of 5"
std::string explanation_title(const Explanation& explanation);
/// "3-3-3-2, logistic, softmax output, loss cross_entropy"
std::string network_text(const Explanation& explanation);
/// "rooms = 0.21", and of a category the inputs that are not 0.
std::string inputs_text(const Explanation& explanation, const ExplainedCell& cell);

/// The places of values, the largest magnitude first.
std::vector<std::size_t> by_magnitude(const std::vector<double>& values);
/// What stood in a column; "(missing)".
std::string cell_of(const Explanation& explanation, const std::string& column);
/// "mean row 51.2 + sum 3.4 = 54.6; the model predicts 54.6"
std::string attribution_sum(const Attribution& attribution);

/// "256 values: norm 3.2, least -1.1 (at 40), most 2.3 (at 17), 12 of them 0"
std::string abridged_values(const ExplainedStep& step);

/// A number for people: five digits.
std::string short_number(double value);

}  // namespace thalweg
