#pragma once

#include "insight/examples.h"
#include "thalweg/network.hpp"

namespace thalweg {

/// A network that embeds no category: what it reads in the place of a code is the code's vector. A code has
/// no derivative and no mean; a vector has both.
class OpenCategories {
  public:
    /// The network, which is no ensemble of members, may embed categories or not.
    explicit OpenCategories(const Network<double>& network);

    const Network<float>& network() const { return opened_; }
    /// Rows as the network read them before, N x n_0, as it reads them now.
    Matrix<float> open(const Matrix<float>& inputs) const;
    /// Where the inputs of a column stand now.
    InputRange open(const InputRange& range) const;

  private:
    Network<double> network_;
    std::vector<std::size_t> place_;  ///< of each input: where it, or its vector, begins
    Network<float> opened_;
};

}  // namespace thalweg
