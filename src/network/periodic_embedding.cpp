#include <algorithm>
#include <numbers>
#include <vector>

#include "core/elementary.h"
#include "network/embeddings.h"

namespace thalweg {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;

/// The angle 2 pi f x + p in turns, which are reduced without rounding.
double turns(double frequency, double phase, double x) {
    return frequency * x + phase / kTurn;
}

/// c_j + V_j cos(2 pi f_j x_j + p_j), for one example and its embedded input j. cosines: memory for them.
template <class Scalar>
void embed_number(const InputStage<const Scalar>& stage, std::size_t j, Scalar x, std::span<double> cosines,
                  std::span<Scalar> z) {
    for (std::size_t k = 0; k < cosines.size(); ++k)
        cosines[k] = elementary::cosine_of_turns(turns(stage.frequencies(j, k), stage.phases(j, k), x));
    for (std::size_t o = 0; o < z.size(); ++o) {
        double sum = stage.offsets[j * z.size() + o];
        for (std::size_t k = 0; k < cosines.size(); ++k)
            sum += double{stage.projections(j * z.size() + o, k)} * cosines[k];
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

}  // namespace

template <class Scalar>
void embed_periodic(const Network<Scalar>& network, std::span<const Scalar> x, std::span<Scalar> z) {
    const PeriodicEmbedding& embedding = network.shape().periodic;
    std::vector<double> cosines(embedding.frequencies);
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
        embed_number<Scalar>(network.input_stage(), j, x[embedding.inputs[j]], cosines,
                             z.subspan(j * embedding.outputs, embedding.outputs));
}

template <class Scalar>
void back_propagate_periodic(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                             MatrixView<const Scalar> grad_z, Network<Scalar>& gradient,
                             Matrix<Scalar>& grad_x) {
    const PeriodicEmbedding& embedding = network.shape().periodic;
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j) {
        const std::size_t input = embedding.inputs[j];
        NumberGradient sums(embedding.frequencies, embedding.outputs);
        for (std::size_t n = 0; n < inputs.rows(); ++n)
            grad_x(n, input) += static_cast<Scalar>(
                sums.add<Scalar>(network.input_stage(), j, inputs(n, input),
                                 grad_z.row(n).subspan(j * embedding.outputs, embedding.outputs)));
        sums.store(gradient.input_stage(), j);
    }
}

#define THALWEG_INSTANTIATE(Scalar)                                                                   \
    template void embed_periodic(const Network<Scalar>&, std::span<const Scalar>, std::span<Scalar>); \
    template void back_propagate_periodic(const Network<Scalar>&, const Matrix<Scalar>&,              \
                                          MatrixView<const Scalar>, Network<Scalar>&, Matrix<Scalar>&);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
