#include "model/forward.h"

#include <algorithm>
#include <vector>

#include "core/memory.h"
#include "core/team.h"

namespace thalweg {
namespace {

/// Rows at a time. The widest layer bounds the scratch memory (64 MiB of floats); the result does not depend
/// on it.
std::size_t rows_at_a_time(const NetworkShape& shape) {
    constexpr std::size_t kMostRows = 1024;
    constexpr std::size_t kMostElements = std::size_t{1} << 24;
    return std::clamp<std::size_t>(kMostElements / std::ranges::max(shape.widths), 1, kMostRows);
}

}  // namespace

Matrix<float> dataset_logits(const PackedNetwork& network, const Examples& examples, int threads) {
    const NetworkShape& shape = network.shape();
    const std::size_t most = std::min(rows_at_a_time(shape), std::max<std::size_t>(examples.size(), 1));
    const double bytes = 4.0 * static_cast<double>(most) * static_cast<double>(shape.inputs()) +
                         4.0 * static_cast<double>(examples.size()) * static_cast<double>(shape.outputs());
    return with_memory("the pass through the network", bytes, [&] {
        Team team(useful_threads(threads));
        Matrix<float> batch(most, shape.inputs());
        Matrix<float> logits(examples.size(), shape.outputs());
        std::vector<std::uint32_t> rows(most);
        for (std::size_t first = 0; first < examples.size(); first += most) {
            rows.resize(std::min(most, examples.size() - first));
            examples.copy_rows(first, rows);
            const MatrixView<float> inputs = batch.view().row_range(0, rows.size());
            examples.dataset().gather_inputs(rows, inputs);
            network.share_logits(team, inputs, logits.view().row_range(first, rows.size()));
        }
        return logits;
    });
}

}  // namespace thalweg
