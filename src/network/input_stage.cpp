#include "network/input_stage.h"

#include <algorithm>
#include <numbers>
#include <vector>

#include "core/elementary.h"
#include "network/layer_matrix.h"

namespace thalweg {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;

/// The angle 2 pi f x + p in turns, which are reduced without rounding.
double turns(double frequency, double phase, double x) {
    return frequency * x + phase / kTurn;
}

/// c_j + V_j cos(2 pi f_j x_j + p_j), for one example and its embedded input j.
template <class Scalar>
void embed_number(const InputStage<const Scalar>& stage, std::size_t j, Scalar x, std::span<Scalar> z) {
    for (std::size_t o = 0; o < z.size(); ++o) {
        double sum = stage.offsets[j * z.size() + o];
        for (std::size_t k = 0; k < stage.frequencies.cols; ++k)
            sum += double{stage.projections(j * z.size() + o, k)} *
                   elementary::cosine_of_turns(turns(stage.frequencies(j, k), stage.phases(j, k), x));
        z[o] = static_cast<Scalar>(sum);
    }
}

/// The gradient of one embedded input's parameters, summed over the examples in double.
struct NumberGradient {
    std::vector<double> frequencies, phases, projections, offsets;

    NumberGradient(std::size_t frequency_count, std::size_t outputs)
        : frequencies(frequency_count),
          phases(frequency_count),
          projections(frequency_count * outputs),
          offsets(outputs) {}

    /// Adds those of an example; returns what it adds to grad_x.
    template <class Scalar>
    double add(const InputStage<const Scalar>& stage, std::size_t j, double x,
               std::span<const Scalar> grad_z) {
        double grad_x = 0.0;
        for (std::size_t k = 0; k < frequencies.size(); ++k) {
            const double angle = turns(stage.frequencies(j, k), stage.phases(j, k), x);
            const double cosine = elementary::cosine_of_turns(angle);
            double grad_cosine = 0.0;
            for (std::size_t o = 0; o < grad_z.size(); ++o) {
                projections[o * frequencies.size() + k] += grad_z[o] * cosine;
                grad_cosine += double{stage.projections(j * grad_z.size() + o, k)} * grad_z[o];
            }
            const double grad_angle = -elementary::sine_of_turns(angle) * grad_cosine;
            frequencies[k] += kTurn * x * grad_angle;
            phases[k] += grad_angle;
            grad_x += kTurn * stage.frequencies(j, k) * grad_angle;
        }
        for (std::size_t o = 0; o < grad_z.size(); ++o) offsets[o] += grad_z[o];
        return grad_x;
    }

    template <class Scalar>
    void store(const InputStage<Scalar>& stage, std::size_t j) const {
        const auto copy = [](const std::vector<double>& from, Scalar* to) {
            std::ranges::transform(from, to, [](double value) { return static_cast<Scalar>(value); });
        };
        copy(frequencies, stage.frequencies.row(j).data());
        copy(phases, stage.phases.row(j).data());
        copy(projections, stage.projections.row(j * offsets.size()).data());
        copy(offsets, stage.offsets.data() + j * offsets.size());
    }
};

/// grad_s, summed over the examples, and grad_e = s . grad_{h_0} in place of grad_{h_0}.
template <class Scalar>
void back_propagate_scale(std::span<const Scalar> scale, const Matrix<Scalar>& embedded, Matrix<Scalar>& grad,
                          std::span<Scalar> grad_scale) {
    for (std::size_t q = 0; q < scale.size(); ++q) {
        double sum = 0.0;
        for (std::size_t n = 0; n < grad.rows(); ++n) {
            sum += double{grad(n, q)} * embedded(n, q);
            grad(n, q) *= scale[q];
        }
        grad_scale[q] = static_cast<Scalar>(sum);
    }
}

}  // namespace

template <class Scalar>
Matrix<Scalar> embed(const Network<Scalar>& network, const Matrix<Scalar>& inputs) {
    const PeriodicEmbedding& embedding = network.shape().embedding;
    const InputStage<const Scalar> stage = network.input_stage();
    Matrix<Scalar> embedded = make_matrix<Scalar>(inputs.rows(), network.shape().fan_in(1));
    for (std::size_t n = 0; n < inputs.rows(); ++n) {
        std::ranges::copy(inputs.row(n), embedded.row(n).begin());
        const std::span<Scalar> z = embedded.row(n).subspan(inputs.cols());
        for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
            embed_number<Scalar>(stage, j, inputs(n, embedding.inputs[j]),
                                 z.subspan(j * embedding.outputs, embedding.outputs));
    }
    return embedded;
}

template <class Scalar>
Matrix<Scalar> scale_inputs(const Network<Scalar>& network, const Matrix<Scalar>& embedded) {
    const std::span<const Scalar> scale = network.input_stage().scale;
    Matrix<Scalar> scaled = make_matrix<Scalar>(embedded.rows(), embedded.cols());
    for (std::size_t n = 0; n < embedded.rows(); ++n)
        for (std::size_t q = 0; q < embedded.cols(); ++q)
            scaled(n, q) = scale.empty() ? embedded(n, q) : scale[q] * embedded(n, q);
    return scaled;
}

template <class Scalar>
Matrix<Scalar> back_propagate_input_stage(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                          const Matrix<Scalar>& grad_h0, Network<Scalar>& gradient) {
    const PeriodicEmbedding& embedding = network.shape().embedding;
    const InputStage<const Scalar> stage = network.input_stage();
    const InputStage<Scalar> grad_stage = gradient.input_stage();
    Matrix<Scalar> grad_e = grad_h0;
    back_propagate_scale<Scalar>(stage.scale, trace.embedded, grad_e, grad_stage.scale);

    const std::size_t inputs = trace.inputs.cols();
    Matrix<Scalar> grad_x = make_matrix<Scalar>(grad_e.rows(), inputs);
    for (std::size_t n = 0; n < grad_e.rows(); ++n)
        std::ranges::copy(grad_e.row(n).first(inputs), grad_x.row(n).begin());
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j) {
        const std::size_t input = embedding.inputs[j];
        NumberGradient sums(embedding.frequencies, embedding.outputs);
        for (std::size_t n = 0; n < grad_e.rows(); ++n) {
            const std::span<const Scalar> grad_z =
                grad_e.row(n).subspan(inputs + j * embedding.outputs, embedding.outputs);
            grad_x(n, input) +=
                static_cast<Scalar>(sums.add<Scalar>(stage, j, trace.inputs(n, input), grad_z));
        }
        sums.store(grad_stage, j);
    }
    return grad_x;
}

#define THALWEG_INSTANTIATE(Scalar)                                                                  \
    template Matrix<Scalar> embed(const Network<Scalar>&, const Matrix<Scalar>&);                    \
    template Matrix<Scalar> scale_inputs(const Network<Scalar>&, const Matrix<Scalar>&);             \
    template Matrix<Scalar> back_propagate_input_stage(const Network<Scalar>&, const Trace<Scalar>&, \
                                                       const Matrix<Scalar>&, Network<Scalar>&);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
