#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "model/defaults.h"
#include "model/predicted_values.h"
#include "model/prepare.h"

namespace thalweg {

/// What is predicted of held-out rows, and what is true of them.
struct Judged {
    PredictedValues predicted;
    Truth truth;
};

/// Judges networks, and means of them, by rows that they did not learn from: the validation part, or with
/// folds all rows, each by the networks that validated on it. Networks come in groups, within which all count
/// alike.
class Judge {
  public:
    /// `prepared` must outlive the judge.
    Judge(const Prepared& prepared, const Choices& choices, std::size_t groups, int threads);

    /// A network on the rows that it validated on (fold: from 0).
    Evaluation of_network(const Network<float>& network, const std::optional<std::size_t>& fold,
                          std::size_t group);
    /// How often each group counts in the mean that does best (see select_greedily). A group that lacks a
    /// network, and with it rows, cannot be compared and counts 0, unless none is whole: then all count 1.
    std::vector<std::size_t> select() const;
    /// The mean of all groups, of which each counts so often, on every row that a network has judged.
    Judged of_all(std::span<const std::size_t> counts) const;

  private:
    std::size_t rows() const;

    const Prepared& prepared_;
    Output output_;
    int threads_;
    std::vector<MeanPrediction> groups_;
};

}  // namespace thalweg
