#include <algorithm>
#include <iterator>
#include <vector>

#include "network/embeddings.h"

namespace thalweg {
namespace {

/// e_t(x) of bin `t` (from 0): the share of it that lies below x.
double share_below(std::span<const float> edges, std::size_t t, double x) {
    double share = (x - edges[t]) / (double{edges[t + 1]} - edges[t]);
    if (t > 0) share = std::max(share, 0.0);
    if (t + 2 < edges.size()) share = std::min(share, 1.0);
    return share;
}

/// The bin in which x lies, the outer ones without end.
std::size_t bin_of(std::span<const float> edges, double x) {
    const auto inner = edges.subspan(1, edges.size() - 2);
    return static_cast<std::size_t>(std::ranges::upper_bound(inner, x) - inner.begin());
}

/// One embedded number: its edges, and its parameters or their gradient.
template <class Scalar>
struct Curve {
    std::span<const float> edges;
    std::span<Scalar> slope, intercept;
    MatrixView<Scalar> bin_vectors;

    std::size_t bins() const { return edges.size() - 1; }
};

/// Calls visit(curve, j) for each embedded number. theta: of the parameters or of their gradient.
template <class Scalar, class Visitor>
void for_each_curve(const PiecewiseEmbedding& embedding, const InputStage<Scalar>& stage,
                    const Visitor& visit) {
    std::size_t first_bin = 0;
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j) {
        const std::size_t bins = embedding.edges[j].size() - 1;
        visit(Curve<Scalar>{embedding.edges[j], stage.slopes.row(j), stage.intercepts.row(j),
                            stage.bin_vectors.row_range(first_bin, bins)},
              j);
        first_bin += bins;
    }
}

/// w x + c + sum over t of e_t(x) v_t
template <class Scalar>
void embed_number(const Curve<const Scalar>& curve, double x, std::span<Scalar> z) {
    for (std::size_t o = 0; o < z.size(); ++o) {
        double sum = curve.slope[o] * x + curve.intercept[o];
        for (std::size_t t = 0; t < curve.bins(); ++t)
            sum += share_below(curve.edges, t, x) * curve.bin_vectors(t, o);
        z[o] = static_cast<Scalar>(sum);
    }
}

/// dz/dx . grad_z: within a bin z is a line.
template <class Scalar>
double slope_along(const Curve<const Scalar>& curve, double x, std::span<const Scalar> grad_z) {
    const std::size_t t = bin_of(curve.edges, x);
    const double width = double{curve.edges[t + 1]} - curve.edges[t];
    double sum = 0.0;
    for (std::size_t o = 0; o < grad_z.size(); ++o)
        sum += grad_z[o] * (curve.slope[o] + curve.bin_vectors(t, o) / width);
    return sum;
}

/// grad_w = grad_z x, grad_c = grad_z and grad_{v_t} = grad_z e_t(x), summed over the examples.
template <class Scalar>
void sum_gradient(const Matrix<Scalar>& inputs, std::size_t input, MatrixView<const Scalar> grad_z,
                  std::size_t first_output, const Curve<Scalar>& gradient) {
    const auto sum = [&](std::size_t o, const auto& factor) {
        double total = 0.0;
        for (std::size_t n = 0; n < inputs.rows(); ++n)
            total += double{grad_z(n, first_output + o)} * factor(double{inputs(n, input)});
        return static_cast<Scalar>(total);
    };
    for (std::size_t o = 0; o < gradient.slope.size(); ++o) {
        gradient.slope[o] = sum(o, [](double x) { return x; });
        gradient.intercept[o] = sum(o, [](double) { return 1.0; });
        for (std::size_t t = 0; t < gradient.bins(); ++t)
            gradient.bin_vectors(t, o) = sum(o, [&](double x) { return share_below(gradient.edges, t, x); });
    }
}

}  // namespace

template <class Scalar>
void embed_piecewise(const Network<Scalar>& network, std::span<const Scalar> x, std::span<Scalar> z) {
    const PiecewiseEmbedding& embedding = network.shape().piecewise;
    for_each_curve(embedding, network.input_stage(), [&](const Curve<const Scalar>& curve, std::size_t j) {
        embed_number<Scalar>(curve, x[embedding.inputs[j]],
                             z.subspan(j * embedding.outputs, embedding.outputs));
    });
}

template <class Scalar>
void back_propagate_piecewise(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                              MatrixView<const Scalar> grad_z, Network<Scalar>& gradient,
                              Matrix<Scalar>& grad_x) {
    const PiecewiseEmbedding& embedding = network.shape().piecewise;
    for_each_curve(embedding, network.input_stage(), [&](const Curve<const Scalar>& curve, std::size_t j) {
        const std::size_t input = embedding.inputs[j];
        for (std::size_t n = 0; n < inputs.rows(); ++n)
            grad_x(n, input) += static_cast<Scalar>(slope_along<Scalar>(
                curve, inputs(n, input), grad_z.row(n).subspan(j * embedding.outputs, embedding.outputs)));
    });
    for_each_curve(embedding, gradient.input_stage(), [&](const Curve<Scalar>& curve, std::size_t j) {
        sum_gradient<Scalar>(inputs, embedding.inputs[j], grad_z, j * embedding.outputs, curve);
    });
}

#define THALWEG_INSTANTIATE(Scalar)                                                                    \
    template void embed_piecewise(const Network<Scalar>&, std::span<const Scalar>, std::span<Scalar>); \
    template void back_propagate_piecewise(const Network<Scalar>&, const Matrix<Scalar>&,              \
                                           MatrixView<const Scalar>, Network<Scalar>&, Matrix<Scalar>&);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
