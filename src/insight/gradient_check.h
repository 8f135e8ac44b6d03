#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "insight/examples.h"
#include "thalweg/network.hpp"

namespace thalweg {

struct GradientCheckOptions {
    double tolerance = 1e-6;       ///< between the gradient and central differences in double
    double fast_tolerance = 1e-4;  ///< between the fast pass in float32 and the plain one in double
    /// Multiplications that the differences may take; beyond it parameters are sampled, evenly over every
    /// block.
    double most_work = 2e9;
};

/// A parameter with its gradient and what another way of computing it gives.
struct ComparedParameter {
    std::string name;
    double gradient = 0.0;  ///< of the plain pass
    double other = 0.0;
    double error = 0.0;  ///< of the two's difference, relative to the block's largest gradient
};

/// What was found of one block of parameters.
struct CheckedBlock {
    std::string name;
    std::size_t parameters = 0;
    std::size_t compared = 0;              ///< with a central difference
    std::size_t kinks = 0;                 ///< where none can be had: a step to either side crosses a kink
    double norm = 0.0;                     ///< of its gradient
    ComparedParameter by_difference = {};  ///< the worst
    ComparedParameter by_fast_pass = {};   ///< the worst
};

struct GradientCheck {
    std::size_t rows = 0;
    std::size_t fast_rows = 0;  ///< on which the fast pass was compared: those beside no kink
    double loss = 0.0;
    GradientCheckOptions options;
    std::vector<CheckedBlock> blocks;

    std::size_t parameters() const;
    std::size_t compared() const;
    std::size_t kinks() const;
    const ComparedParameter& worst_by_difference() const;
    const ComparedParameter& worst_by_fast_pass() const;
    bool passed() const;
};

/// Compares the gradient of back propagation with central differences of forward propagation, both in double,
/// and with that of the fast pass. A difference over a kink (of relu at 0, of an absolute error where y_hat =
/// y) says nothing: a shorter step is tried, and where it crosses too the parameter is counted and left out.
/// threads: of the fast pass.
GradientCheck check_gradient(const Network<float>& network, const PlainExamples& examples,
                             const LossFunction& loss, const GradientCheckOptions& options = {});

/// The same for a gradient from elsewhere.
GradientCheck check_gradient(const Network<float>& network, const PlainExamples& examples,
                             const LossFunction& loss, const Gradient<double>& gradient,
                             const GradientCheckOptions& options);

std::string check_text(const GradientCheck& check);
std::string check_json(const GradientCheck& check);

}  // namespace thalweg
