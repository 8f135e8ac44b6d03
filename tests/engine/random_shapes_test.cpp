// Shapes drawn at random hold every kernel to the plain pass; what fails is shrunk to the smallest shape that
// still does.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "core/floating_point.h"
#include "engine/bf16_product.h"
#include "engine/elementwise.h"
#include "engine/engine.h"
#include "engine/packed_network.h"
#include "engine/product.h"
#include "engine/simd_target.h"
#include "support/random_examples.h"

namespace thalweg::test {
namespace {

/// Float32 rounding through some layers, relative to the largest magnitude (or 1).
constexpr double kTolerance = 5e-5;

std::size_t any_size(std::size_t most) {
    const auto edge = rc::gen::element<std::size_t>(1, 2, 3, 15, 16, 17, 24, 63, 64, 65, 127, 128, 129, 257);
    const auto any = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(1, most + 1));
    return std::min(most, *rc::gen::oneOf(edge, any));
}

template <class Choice>
Choice any_choice() {
    constexpr std::size_t count = std::size(ChoiceTable<Choice>::entries);
    return ChoiceTable<Choice>::entries[*rc::gen::inRange<std::size_t>(0, count)].first;
}

/// A matrix somewhere in memory, read by two strides.
struct Operand {
    std::vector<float> memory;
    std::size_t row = 0;
    std::size_t col = 0;
};

/// Row after row, column after column, or with gaps.
Operand any_operand(std::size_t rows, std::size_t cols, Draws& draws) {
    const std::size_t gap = *rc::gen::inRange<std::size_t>(0, 4);
    Operand operand;
    if (*rc::gen::arbitrary<bool>()) {
        operand = {std::vector<float>(rows * (cols + gap)), cols + gap, 1};
    } else if (*rc::gen::arbitrary<bool>()) {
        operand = {std::vector<float>(cols * (rows + gap)), 1, rows + gap};
    } else {
        operand = {std::vector<float>(rows * 3 * cols), 3 * cols, 2};
    }
    fill_normal<float>(operand.memory, 1.0, draws);
    return operand;
}

float factor(Precision precision, float value) {
    return precision == Precision::bf16 ? std::bit_cast<float>(rounded_to_bf16(value)) : value;
}

/// The slow, obvious version: one chain of fused multiply-adds; in bf16 the later of every pair first.
float plain_element(const Product& p, std::size_t i, std::size_t j) {
    float sum = p.bias == nullptr ? 0.0f : p.bias[j];
    const bool pairs = p.precision == Precision::bf16;
    for (std::size_t step = 0; step < p.depth + (pairs ? p.depth % 2 : 0); ++step) {
        const std::size_t k = pairs ? step ^ 1 : step;
        const bool inside = k < p.depth;
        sum = std::fma(inside ? factor(p.precision, p.a[i * p.a_row + k * p.a_col]) : 0.0f,
                       inside ? factor(p.precision, p.b[k * p.b_row + j * p.b_col]) : 0.0f, sum);
    }
    return sum;
}

/// From the sum to the element of C.
float finished(const Product& p, float sum, const float* kept) {
    float element = kept == nullptr ? 0.0f : sum;
    if (kept == nullptr) {
        engine::activate(p.activation, {&sum, 1}, {&element, 1});
    } else {
        engine::multiply_by_derivative(p.activation, {kept, 1}, {&element, 1});
    }
    return element;
}

/// Restores the best target of this machine at its end.
class RandomShapes : public testing::TestWithParam<Precision> {
  protected:
    void TearDown() override { use_simd_target(simd_targets().front()); }
};

TEST_P(RandomShapes, EveryProductHasTheBitsOfThePlainChainOnEveryTarget) {
    const bool held = rc::check([&] {
        const FlushSubnormals mode;
        Draws draws(*rc::gen::arbitrary<std::uint32_t>());
        Product p{
            .precision = GetParam(), .rows = any_size(150), .depth = any_size(400), .cols = any_size(150)};
        const Operand a = any_operand(p.rows, p.depth, draws), b = any_operand(p.depth, p.cols, draws);
        std::vector<float> bias(p.cols);
        fill_normal<float>(bias, 1.0, draws);
        p.a = a.memory.data(), p.a_row = a.row, p.a_col = a.col;
        p.b = b.memory.data(), p.b_row = b.row, p.b_col = b.col;
        p.bias = *rc::gen::arbitrary<bool>() ? bias.data() : nullptr;
        p.c_stride = p.cols + *rc::gen::inRange<std::size_t>(0, 3);
        const bool packed = *rc::gen::arbitrary<bool>();
        p.activation = *rc::gen::element(Activation::linear, Activation::relu, any_choice<Activation>());
        std::vector<float> kept(p.rows * p.c_stride);
        fill_normal<float>(kept, 1.0, draws);
        p.kept = *rc::gen::arbitrary<bool>() ? kept.data() : nullptr;

        std::vector<float> expected(p.rows * p.c_stride + 1, 123.0f);
        for (std::size_t i = 0; i < p.rows; ++i)
            for (std::size_t j = 0; j < p.cols; ++j) {
                const std::size_t at = i * p.c_stride + j;
                expected[at] = finished(p, plain_element(p, i, j), p.kept == nullptr ? nullptr : p.kept + at);
            }
        for (const std::string& target : simd_targets()) {
            use_simd_target(target);
            std::vector<float> panels(packed_size(p.depth, p.cols, p.precision));
            if (packed) pack(p, 0, p.cols, panels.data());
            p.packed_b = packed ? panels.data() : nullptr;
            std::vector<float> c(expected.size(), 123.0f);
            p.c = c.data();
            multiply(p);
            for (std::size_t i = 0; i < c.size(); ++i)
                if (c[i] != expected[i])
                    RC_FAIL(target + ": element " + std::to_string(i) +
                            " of C differs, or was not to be written");
        }
    });
    EXPECT_TRUE(held);
}

INSTANTIATE_TEST_SUITE_P(In, RandomShapes, testing::Values(Precision::float32, Precision::bf16),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(RandomShapes, EveryActivationIsThatOfTheTheory) {
    const bool held = rc::check([] {
        const auto activation = any_choice<Activation>();
        Draws draws(*rc::gen::arbitrary<std::uint32_t>());
        std::vector<float> a(any_size(300));
        fill_normal<float>(a, 4.0, draws);
        std::vector<float> h(a.size()), gradient(a.size()), before;
        fill_normal<float>(gradient, 1.0, draws);
        before = gradient;
        engine::activate(activation, a, h);
        engine::multiply_by_derivative(activation, engine::derivative_from_activation(activation) ? h : a,
                                       gradient);
        for (std::size_t j = 0; j < a.size(); ++j) {
            const double value = activate<double>(activation, a[j]);
            const double derivative = activation_derivative<double>(activation, a[j]);
            RC_ASSERT(std::abs(h[j] - value) <= 1e-6 * std::max(1.0, std::abs(value)));
            RC_ASSERT(std::abs(gradient[j] - before[j] * derivative) <=
                      1e-6 * std::max(1.0, std::abs(before[j] * derivative)));
        }
    });
    EXPECT_TRUE(held);
}

TEST(RandomShapes, ColumnsAreSummedInTheOrderOfTheRows) {
    const bool held = rc::check([] {
        Draws draws(*rc::gen::arbitrary<std::uint32_t>());
        const Matrix<float> values = normal_matrix<float>(any_size(100), any_size(300), draws);
        std::vector<float> sums(values.cols(), 9.0f);
        engine::sum_rows(values.view(), sums);
        for (std::size_t j = 0; j < values.cols(); ++j) {
            float sum = 0.0f;
            for (std::size_t row = 0; row < values.rows(); ++row) sum += values(row, j);
            RC_ASSERT(sums[j] == sum);
        }
    });
    EXPECT_TRUE(held);
}

bool fits(Output output, Loss loss) {
    try {
        check_pair(output, {.loss = loss});
        return true;
    } catch (const Error&) {
        return false;
    }
}

NetworkShape any_shape() {
    NetworkShape shape{{any_size(90)}, any_choice<Activation>(), any_choice<Output>()};
    for (std::size_t hidden = *rc::gen::inRange<std::size_t>(0, 4); hidden > 0; --hidden)
        shape.widths.push_back(any_size(140));
    shape.widths.push_back(
        *rc::gen::oneOf(rc::gen::inRange<std::size_t>(2, 20), rc::gen::just<std::size_t>(64)));
    if (shape.layers() > 1 && *rc::gen::weightedElement<bool>({{2, false}, {1, true}}))
        shape.members = {*rc::gen::inRange<std::size_t>(2, 6), any_choice<Adapters>()};
    shape.parametric = *rc::gen::weightedElement<bool>({{2, false}, {1, true}});
    shape.input_scale = *rc::gen::weightedElement<bool>({{2, false}, {1, true}});
    shape.scales_categories = shape.input_scale && *rc::gen::arbitrary<bool>();
    if (*rc::gen::weightedElement<bool>({{2, false}, {1, true}})) {
        Draws draws(*rc::gen::arbitrary<std::uint32_t>());
        shape.piecewise = draw_piecewise(shape.inputs(), any_size(60), any_size(20), draws);
    }
    if (*rc::gen::weightedElement<bool>({{2, false}, {1, true}})) {
        Draws draws(*rc::gen::arbitrary<std::uint32_t>());
        shape.categories =
            draw_categories(shape.inputs(), shape.piecewise.inputs, any_size(60), any_size(20), draws);
    }
    if (*rc::gen::weightedElement<bool>({{2, true}, {1, false}})) return shape;
    for (std::size_t input = 0; input < shape.inputs(); ++input)
        if (std::ranges::count(shape.categories.inputs, input) == 0 && *rc::gen::arbitrary<bool>())
            shape.periodic.inputs.push_back(input);
    shape.periodic.frequencies = any_size(40);
    shape.periodic.outputs = any_size(12);
    return shape;
}

LossFunction any_loss(Output output) {
    LossFunction loss{any_choice<Loss>(), 0.7, 0.3, 0.0};
    RC_PRE(fits(output, loss.loss));
    const bool smooth = loss.loss == Loss::cross_entropy || loss.loss == Loss::binary_cross_entropy;
    if (smooth && *rc::gen::arbitrary<bool>()) loss.label_smoothing = 0.1;
    return loss;
}

template <class To, class From>
std::vector<To> converted(std::span<const From> values) {
    return {values.begin(), values.end()};
}

/// The greatest difference, relative to the largest magnitude (or 1).
double error_of(std::span<const float> got, std::span<const double> expected) {
    double difference = 0.0, magnitude = 1.0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        difference = std::max(difference, std::abs(got[i] - expected[i]));
        magnitude = std::max(magnitude, std::abs(expected[i]));
    }
    return difference / magnitude;
}

/// All members of an example read what the first one does.
void let_members_share(Matrix<float>& inputs, std::size_t members) {
    for (std::size_t n = 0; n < inputs.rows(); ++n)
        std::ranges::copy(inputs.row(n / members * members), inputs.row(n).begin());
}

/// Every `step`th row.
Matrix<float> every(std::size_t step, const Matrix<float>& from) {
    Matrix<float> rows(from.rows() / step, from.cols());
    for (std::size_t n = 0; n < rows.rows(); ++n) std::ranges::copy(from.row(n * step), rows.row(n).begin());
    return rows;
}

std::vector<double> mean_over_members(const Matrix<double>& y_hat, std::size_t members) {
    std::vector<double> mean(y_hat.elements().size() / members);
    for (std::size_t j = 0; j < y_hat.elements().size(); ++j) {
        const std::size_t example = j / (members * y_hat.cols());
        mean[example * y_hat.cols() + j % y_hat.cols()] += y_hat.elements()[j] / static_cast<double>(members);
    }
    return mean;
}

TEST(RandomShapes, AStepOfTheEngineIsThatOfThePlainPassInDouble) {
    const bool held = rc::check([] {
        const NetworkShape shape = any_shape();
        const LossFunction loss = any_loss(shape.output);
        // Now and then enough that threads share the work.
        const bool many = *rc::gen::weightedElement<bool>({{7, false}, {1, true}});
        const std::size_t members = shape.members.count;
        const std::size_t examples_count = many ? 1000 + any_size(300) : any_size(130);
        const std::size_t rows = examples_count * members;
        const bool shared = members > 1 && *rc::gen::arbitrary<bool>();
        const bool weighted = *rc::gen::arbitrary<bool>();
        const int threads = *rc::gen::inRange(1, 6);
        Draws draws(*rc::gen::arbitrary<std::uint32_t>());
        Network<float> network(shape);
        initialise(network, draws.between(0, 1000));
        for (std::size_t i = 1; i < shape.layers(); ++i) fill_normal(network.layer(i).bend, 0.7, draws);
        Examples<float> examples = draw_examples<float>(shape, loss.loss, rows, weighted, draws);
        if (shared) let_members_share(examples.inputs, members);

        Network<double> exact(shape);
        std::ranges::copy(network.theta(), exact.theta().begin());
        const auto widened = [](const Matrix<float>& from) {
            Matrix<double> to(from.rows(), from.cols());
            std::ranges::copy(from.elements(), to.elements().begin());
            return to;
        };
        const Examples<double> exact_examples{widened(examples.inputs), widened(examples.values),
                                              examples.classes,
                                              converted<double, float>(examples.example_weights)};
        const Trace<double> trace = forward_propagation<double>(exact, exact_examples.inputs);
        const Gradient<double> expected = back_propagation(exact, trace, exact_examples.targets(), loss);

        Engine engine(shape, loss, examples_count + draws.between(0, 40), threads);
        std::vector<float> gradient(network.theta().size(), 9.0f);
        const Matrix<float> of_examples = every(members, examples.inputs);
        const double mean = engine.loss_and_gradient(network.theta(), shared ? of_examples : examples.inputs,
                                                     examples.targets(), {}, gradient);
        RC_ASSERT(std::abs(mean - expected.loss) <= kTolerance * std::max(1.0, std::abs(expected.loss)));
        RC_ASSERT(error_of(gradient, expected.theta()) <= kTolerance);

        Matrix<float> logits(examples_count, shape.outputs()), of_model(examples_count, shape.outputs());
        engine.logits(network.theta(), of_examples, logits);
        PackedNetwork(network).logits(of_examples, of_model);
        RC_ASSERT(std::ranges::equal(logits.elements(), of_model.elements()));
        if (members == 1) {
            RC_ASSERT(error_of(logits.elements(), trace.logits().elements()) <= kTolerance);
        } else if (shared) {
            Matrix<float> y_hat(examples_count, shape.outputs());
            apply_output<float>(shape.output, logits, y_hat);
            RC_ASSERT(error_of(y_hat.elements(), mean_over_members(trace.y_hat(), members)) <= kTolerance);
        }
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace thalweg::test
