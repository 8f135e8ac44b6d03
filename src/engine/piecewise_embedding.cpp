#include "engine/piecewise_embedding.h"

#include <algorithm>

namespace thalweg::engine {
namespace {

/// Where a number lies: its bin (from 0) and the share of the bin below it.
struct Place {
    std::size_t bin;
    float share;
};

/// Without a branch, which no processor could foresee: the inner edges up to x are counted by halves.
Place place_of(std::span<const float> edges, float x) {
    const float* from = edges.data() + 1;
    for (std::size_t left = edges.size() - 2; left > 0;) {
        const std::size_t half = (left + 1) / 2;
        from += from[half - 1] <= x ? half : 0;
        left -= half;
    }
    const auto bin = static_cast<std::size_t>(from - edges.data() - 1);
    return {bin, (x - edges[bin]) / (edges[bin + 1] - edges[bin])};
}

/// Calls visit(j, first row of its bins) for some embedded inputs.
template <class Visitor>
void for_each_number(const PiecewiseEmbedding& embedding, Range numbers, const Visitor& visit) {
    std::size_t first_bin = 0;
    for (std::size_t j = 0; j < numbers.last; ++j) {
        if (j >= numbers.first) visit(j, first_bin);
        first_bin += embedding.edges[j].size() - 1;
    }
}

/// grad_left_t = grad_z and grad_gain_t = e_t(x) grad_z, summed over the rows whose x lies in bin t.
void sum_line_gradients(const PiecewiseEmbedding& embedding, std::size_t j, MatrixView<const float> inputs,
                        MatrixView<const float> grad_z, MatrixView<float> grad_left,
                        MatrixView<float> grad_gain) {
    for (std::size_t t = 0; t < grad_left.rows; ++t)
        for (std::size_t o = 0; o < grad_left.cols; ++o) grad_left(t, o) = grad_gain(t, o) = 0.0f;
    for (std::size_t n = 0; n < inputs.rows; ++n) {
        const Place place = place_of(embedding.edges[j], inputs(n, embedding.inputs[j]));
        const float* from = grad_z.row(n).data() + j * embedding.outputs;
        float* left = grad_left.row(place.bin).data();
        float* gain = grad_gain.row(place.bin).data();
        for (std::size_t o = 0; o < embedding.outputs; ++o) {
            left[o] += from[o];
            gain[o] += place.share * from[o];
        }
    }
}

/// From the lines to w, c and v: v_t moves the left end of every line after bin t.
void spread_line_gradients(std::span<const float> edges, MatrixView<float> grad_left,
                           MatrixView<const float> grad_gain, std::span<float> grad_w,
                           std::span<float> grad_c, MatrixView<float> grad_v) {
    std::ranges::fill(grad_w, 0.0f);
    std::ranges::fill(grad_c, 0.0f);
    for (std::size_t t = grad_left.rows; t-- > 0;)
        for (std::size_t o = 0; o < grad_w.size(); ++o) {
            grad_v(t, o) = grad_c[o] + grad_gain(t, o);
            grad_w[o] += edges[t] * grad_left(t, o) + (edges[t + 1] - edges[t]) * grad_gain(t, o);
            grad_c[o] += grad_left(t, o);
        }
}

}  // namespace

void find_lines(const PiecewiseEmbedding& embedding, const InputStage<const float>& stage, Range numbers,
                BinLines& lines) {
    for_each_number(embedding, numbers, [&](std::size_t j, std::size_t first_bin) {
        const std::span<const float> edges = embedding.edges[j], w = stage.slopes.row(j);
        for (std::size_t o = 0; o < w.size(); ++o)
            lines.left(first_bin, o) = stage.intercepts(j, o) + w[o] * edges[0];
        for (std::size_t t = 0; t + 1 < edges.size(); ++t) {
            const std::size_t bin = first_bin + t;
            for (std::size_t o = 0; o < w.size(); ++o)
                lines.gain(bin, o) = stage.bin_vectors(bin, o) + w[o] * (edges[t + 1] - edges[t]);
            if (t + 2 == edges.size()) break;
            for (std::size_t o = 0; o < w.size(); ++o)
                lines.left(bin + 1, o) = lines.left(bin, o) + lines.gain(bin, o);
        }
    });
}

void embed_piecewise(const PiecewiseEmbedding& embedding, const BinLines& lines,
                     MatrixView<const float> inputs, MatrixView<float> z) {
    const Range all{0, embedding.inputs.size()};
    for_each_number(embedding, all, [&](std::size_t j, std::size_t first_bin) {
        const MatrixView<float> of_number = z.col_range(j * embedding.outputs, embedding.outputs);
        for (std::size_t n = 0; n < inputs.rows; ++n) {
            const Place place = place_of(embedding.edges[j], inputs(n, embedding.inputs[j]));
            const float* left = lines.left.row(first_bin + place.bin).data();
            const float* gain = lines.gain.row(first_bin + place.bin).data();
            float* to = of_number.row(n).data();
            for (std::size_t o = 0; o < embedding.outputs; ++o) to[o] = left[o] + place.share * gain[o];
        }
    });
}

void piecewise_input_gradient(const PiecewiseEmbedding& embedding, const BinLines& lines,
                              MatrixView<const float> inputs, MatrixView<const float> grad_z,
                              MatrixView<float> grad_x) {
    const Range all{0, embedding.inputs.size()};
    for_each_number(embedding, all, [&](std::size_t j, std::size_t first_bin) {
        const std::span<const float> edges = embedding.edges[j];
        for (std::size_t n = 0; n < inputs.rows; ++n) {
            const std::size_t bin = place_of(edges, inputs(n, embedding.inputs[j])).bin;
            const std::span<const float> gain = lines.gain.row(first_bin + bin);
            const float* of_row = grad_z.row(n).data() + j * embedding.outputs;
            float sum = 0.0f;
            for (std::size_t o = 0; o < gain.size(); ++o) sum += gain[o] * of_row[o];
            grad_x(n, embedding.inputs[j]) += sum / (edges[bin + 1] - edges[bin]);
        }
    });
}

void piecewise_gradient(const PiecewiseEmbedding& embedding, MatrixView<const float> inputs,
                        MatrixView<const float> grad_z, Range numbers, BinLines& grad_lines,
                        const InputStage<float>& gradient) {
    for_each_number(embedding, numbers, [&](std::size_t j, std::size_t first_bin) {
        const std::size_t bins = embedding.edges[j].size() - 1;
        const MatrixView<float> left = grad_lines.left.view().row_range(first_bin, bins);
        const MatrixView<float> gain = grad_lines.gain.view().row_range(first_bin, bins);
        sum_line_gradients(embedding, j, inputs, grad_z, left, gain);
        spread_line_gradients(embedding.edges[j], left, gain, gradient.slopes.row(j),
                              gradient.intercepts.row(j), gradient.bin_vectors.row_range(first_bin, bins));
    });
}

}  // namespace thalweg::engine
