#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "thalweg/loss.hpp"
#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"

namespace thalweg::bench {

/// What is timed: one optimizer step (forward, loss, backward, update) or one prediction, on one batch that
/// is in memory already.
enum class Kind { training, inference };

struct Workload {
    std::string name;
    Kind kind = Kind::training;
    NetworkShape shape;
    Loss loss = Loss::squared_error;
    OptimizerKind optimizer = OptimizerKind::sgd;
    double learning_rate = 0.0;
    std::size_t batch = 1;

    /// Multiplications and additions of the matrix products of one step: 2 B (3 sum n_i n_{i-1} - n_0 n_1),
    /// as nobody needs the gradient of the input; inference has the first third of them.
    double flops() const;
    /// The latency of one call counts, too.
    bool row_by_row() const { return kind == Kind::inference && batch == 1; }
};

/// All of them, small networks first.
const std::vector<Workload>& workloads();

/// Throws Error{usage} that lists the names.
const Workload& find_workload(const std::string& name);

}  // namespace thalweg::bench
