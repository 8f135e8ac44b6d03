#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "thalweg/network.hpp"

namespace thalweg {

/// Parameters of one kind, side by side in theta: a matrix of rows x cols, or a vector (rows 1).
struct ParameterBlock {
    std::string name;  ///< "W_1", "b_1", "s"
    std::size_t first = 0;
    std::size_t rows = 1;
    std::size_t cols = 0;

    std::size_t size() const { return rows * cols; }
    /// "W_1[2,3]", "b_1[2]": counted from 1.
    std::string name_of(std::size_t index) const;
};

/// All of a network's parameters, in the order of theta.
std::vector<ParameterBlock> parameter_blocks(const NetworkShape& shape);

}  // namespace thalweg
