#include "insight/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/engine.h"
#include "insight/parameter_blocks.h"
#include "insight/plain_network.h"

namespace thalweg {
namespace {

/// Of central differences. The first serves nearly all; a curve with a large third derivative (fast waves)
/// or a kink nearby needs a shorter one, a flat one in a large sum a longer one.
constexpr double kSteps[] = {1e-5, 1e-6, 1e-7, 1e-4};
/// A block whose gradient is all but 0 is measured against this much of the loss: differences have no digits
/// below it.
constexpr double kLeastShare = 1e-4;
/// In float32 a pre-activation this close to a kink, relative to its layer's largest, may be on its other
/// side.
constexpr double kBesideKink = 1e-5;

bool is_kinked(Activation activation) {
    return activation == Activation::relu || activation == Activation::leaky_relu ||
           activation == Activation::selu;
}

bool is_kinked(Loss loss) {
    return loss == Loss::absolute_error || loss == Loss::quantile || loss == Loss::mape;
}

double sign(double value) {
    return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : 0.0;
}

/// The gradient by differences of the loss along single parameters.
class Differences {
  public:
    Differences(const Network<double>& network, const PlainExamples& examples, const LossFunction& loss)
        : network_(network), examples_(examples), loss_(loss) {}

    /// The one of all steps that is nearest to `gradient`, as far as `close_enough` (absolute); nothing where
    /// all steps cross a kink.
    std::optional<double> at(std::size_t parameter, double gradient, double close_enough) {
        std::optional<double> nearest;
        for (const double step : kSteps) {
            const std::optional<double> difference = over(parameter, step);
            if (!difference) continue;
            if (!nearest || std::abs(*difference - gradient) < std::abs(*nearest - gradient))
                nearest = difference;
            if (std::abs(*nearest - gradient) <= close_enough) break;
        }
        return nearest;
    }

  private:
    std::optional<double> over(std::size_t parameter, double step) {
        double& value = network_.theta()[parameter];
        const double here = value;
        const double higher = here + step, lower = here - step;
        value = higher;
        const Trace<double> above = forward_propagation<double>(network_, examples_.inputs);
        value = lower;
        const Trace<double> below = forward_propagation<double>(network_, examples_.inputs);
        value = here;
        if (crosses_kink(above, below)) return std::nullopt;
        return (loss_at(above) - loss_at(below)) / (higher - lower);
    }

    double loss_at(const Trace<double>& trace) const {
        return mean_loss<double>(network_.shape().output, loss_, trace.logits(), examples_.targets());
    }

    bool crosses_kink(const Trace<double>& above, const Trace<double>& below) const {
        if (is_kinked(network_.shape().activation))
            for (std::size_t i = 1; i < network_.layers(); ++i)
                if (differ_in_sign(above.pre_activations[i - 1], below.pre_activations[i - 1], nullptr))
                    return true;
        return is_kinked(loss_.loss) && differ_in_sign(above.y_hat(), below.y_hat(), &examples_.values);
    }

    /// Of what is left when `origin` is taken off, if there is one.
    static bool differ_in_sign(const Matrix<double>& a, const Matrix<double>& b,
                               const Matrix<double>* origin) {
        for (std::size_t j = 0; j < a.elements().size(); ++j) {
            const double zero = origin == nullptr ? 0.0 : origin->elements()[j];
            if (sign(a.elements()[j] - zero) != sign(b.elements()[j] - zero)) return true;
        }
        return false;
    }

    Network<double> network_;
    const PlainExamples& examples_;
    const LossFunction& loss_;
};

double largest_magnitude(std::span<const double> values) {
    double largest = 0.0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    return largest;
}

/// Which of `count` parameters are compared: all, or so many at even distances.
std::vector<std::size_t> sample(std::size_t count, std::size_t wanted) {
    std::vector<std::size_t> indices;
    const std::size_t kept = std::min(count, wanted);
    for (std::size_t i = 0; i < kept; ++i) indices.push_back(i * count / kept);
    return indices;
}

/// How many of each block's parameters the work allows, one at least.
std::size_t share_of(std::size_t parameters, const NetworkShape& shape, std::size_t rows, double most_work) {
    const double passes = most_work / (static_cast<double>(shape.parameters()) * static_cast<double>(rows));
    const double share = std::min(1.0, passes / 2.0 / static_cast<double>(shape.parameters()));
    return std::max<std::size_t>(
        1, static_cast<std::size_t>(std::ceil(share * static_cast<double>(parameters))));
}

void compare_with_differences(const Network<double>& network, const PlainExamples& examples,
                              const LossFunction& loss, const Gradient<double>& gradient,
                              GradientCheck& check) {
    Differences differences(network, examples, loss);
    const std::vector<ParameterBlock> blocks = parameter_blocks(network.shape());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const std::span<const double> of_block = gradient.theta().subspan(blocks[b].first, blocks[b].size());
        const double scale =
            std::max(largest_magnitude(of_block), kLeastShare * std::max(std::abs(check.loss), 1e-12));
        CheckedBlock& checked = check.blocks[b];
        const std::size_t wanted =
            share_of(of_block.size(), network.shape(), examples.count(), check.options.most_work);
        for (const std::size_t j : sample(of_block.size(), wanted)) {
            const std::optional<double> difference =
                differences.at(blocks[b].first + j, of_block[j], 0.1 * check.options.tolerance * scale);
            if (!difference) {
                ++checked.kinks;
                continue;
            }
            ++checked.compared;
            const double error = std::abs(of_block[j] - *difference) / scale;
            // Not "error > worst": a gradient that is no number must not pass.
            if (checked.compared == 1 || !(error <= checked.by_difference.error))
                checked.by_difference = {blocks[b].name_of(j), of_block[j], *difference, error};
        }
    }
}

/// The rows on which rounding to float32 cannot move a pre-activation, or an error, across a kink.
std::vector<std::uint32_t> rows_beside_no_kink(const Network<double>& network, const PlainExamples& examples,
                                               const LossFunction& loss) {
    const Trace<double> trace = forward_propagation<double>(network, examples.inputs);
    const auto is_beside = [](double distance, double largest) {
        return distance != 0.0 && std::abs(distance) < kBesideKink * largest;
    };
    std::vector<std::uint32_t> rows;
    for (std::uint32_t n = 0; n < examples.count(); ++n) {
        bool beside = false;
        for (std::size_t i = 1; i < network.layers() && is_kinked(network.shape().activation); ++i) {
            const std::span<const double> a = trace.pre_activations[i - 1].row(n);
            const double largest = largest_magnitude(a);
            beside =
                beside || std::ranges::any_of(a, [&](double value) { return is_beside(value, largest); });
        }
        for (std::size_t j = 0; j < network.shape().outputs() && is_kinked(loss.loss); ++j) {
            const double y_hat = trace.y_hat()(n, j), y = examples.values(n, j);
            beside = beside || is_beside(y_hat - y, std::max(std::abs(y_hat), std::abs(y)));
        }
        if (!beside) rows.push_back(n);
    }
    return rows;
}

PlainExamples select(const PlainExamples& examples, std::span<const std::uint32_t> rows) {
    PlainExamples selected;
    const auto rows_of = [&](const Matrix<double>& from) {
        Matrix<double> result(from.rows() == 0 ? 0 : rows.size(), from.cols());
        for (std::size_t n = 0; n < result.rows(); ++n)
            std::ranges::copy(from.row(rows[n]), result.row(n).begin());
        return result;
    };
    selected.inputs = rows_of(examples.inputs);
    selected.values = rows_of(examples.values);
    if (!examples.classes.empty())
        for (const std::uint32_t row : rows) selected.classes.push_back(examples.classes[row]);
    return selected;
}

std::vector<float> gradient_of_fast_pass(const Network<float>& network, const PlainExamples& examples,
                                         const LossFunction& loss) {
    const Matrix<float> inputs = in_float(examples.inputs), values = in_float(examples.values);
    std::vector<float> gradient(network.theta().size());
    Engine engine(network.shape(), loss, examples.count(), 1);
    engine.loss_and_gradient(network.theta(), inputs, {values, examples.classes, {}}, {}, gradient);
    return gradient;
}

/// Of each parameter the largest magnitude that its gradient has on a single row: where rows cancel each
/// other, what is left has the rounding of what there was.
std::vector<double> largest_of_rows(const Network<double>& network, const PlainExamples& examples,
                                    const LossFunction& loss) {
    const std::size_t members = network.shape().members.count;
    std::vector<double> largest(network.theta().size());
    for (std::uint32_t n = 0; n < examples.count(); n += static_cast<std::uint32_t>(members)) {
        std::vector<std::uint32_t> rows;
        for (std::uint32_t m = 0; m < members; ++m) rows.push_back(n + m);
        const PlainExamples one = select(examples, rows);
        const Trace<double> trace = forward_propagation<double>(network, one.inputs);
        const Gradient<double> gradient = back_propagation(network, trace, one.targets(), loss);
        for (std::size_t j = 0; j < largest.size(); ++j)
            largest[j] = std::max(largest[j], std::abs(gradient.theta()[j]));
    }
    return largest;
}

/// How much larger the logits are than their gradient, whose rounding is theirs: near the target nothing but
/// rounding is left of it.
double condition(const Trace<double>& trace, const Gradient<double>& gradient) {
    const double logits = largest_magnitude(trace.logits().elements());
    const double rows = static_cast<double>(trace.logits().rows());
    const double grad = rows * largest_magnitude(gradient.pre_activations.back().elements());
    return grad == 0.0 ? 1.0 : std::max(1.0, logits / grad);
}

void compare_with_fast_pass(const Network<float>& network, const Network<double>& plain,
                            const PlainExamples& all, const LossFunction& loss, GradientCheck& check) {
    std::vector<std::uint32_t> rows = rows_beside_no_kink(plain, all, loss);
    // Members read the same rows: what one leaves out, all do.
    const std::size_t members = plain.shape().members.count;
    std::erase_if(rows, [&](std::uint32_t row) {
        const auto first = static_cast<std::uint32_t>(row / members * members);
        for (std::uint32_t m = 0; m < members; ++m)
            if (!std::ranges::binary_search(rows, first + m)) return true;
        return false;
    });
    check.fast_rows = rows.size() / members;
    if (rows.empty()) return;
    const PlainExamples examples = select(all, rows);
    const std::vector<float> fast = gradient_of_fast_pass(network, examples, loss);
    const Trace<double> trace = forward_propagation<double>(plain, examples.inputs);
    const Gradient<double> gradient = back_propagation(plain, trace, examples.targets(), loss);
    const std::vector<double> largest = largest_of_rows(plain, examples, loss);
    const double conditioned = condition(trace, gradient);
    const std::vector<ParameterBlock> blocks = parameter_blocks(plain.shape());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const double scale =
            std::max(largest_magnitude(std::span(largest).subspan(blocks[b].first, blocks[b].size())),
                     static_cast<double>(std::numeric_limits<float>::min())) *
            conditioned;
        ComparedParameter& worst = check.blocks[b].by_fast_pass;
        for (std::size_t j = 0; j < blocks[b].size(); ++j) {
            const double slow = gradient.theta()[blocks[b].first + j], quick = fast[blocks[b].first + j];
            const double error = std::abs(slow - quick) / scale;
            if (j == 0 || !(error <= worst.error)) worst = {blocks[b].name_of(j), slow, quick, error};
        }
    }
}

/// The worst of a member of all blocks; one that is no number is worse than any.
const ComparedParameter& worst_of(const std::vector<CheckedBlock>& blocks,
                                  ComparedParameter CheckedBlock::*member) {
    const ComparedParameter* worst = &(blocks.front().*member);
    for (const CheckedBlock& block : blocks)
        if (!((block.*member).error <= worst->error)) worst = &(block.*member);
    return *worst;
}

}  // namespace

std::size_t GradientCheck::parameters() const {
    std::size_t count = 0;
    for (const CheckedBlock& block : blocks) count += block.parameters;
    return count;
}

std::size_t GradientCheck::compared() const {
    std::size_t count = 0;
    for (const CheckedBlock& block : blocks) count += block.compared;
    return count;
}

std::size_t GradientCheck::kinks() const {
    std::size_t count = 0;
    for (const CheckedBlock& block : blocks) count += block.kinks;
    return count;
}

const ComparedParameter& GradientCheck::worst_by_difference() const {
    return worst_of(blocks, &CheckedBlock::by_difference);
}

const ComparedParameter& GradientCheck::worst_by_fast_pass() const {
    return worst_of(blocks, &CheckedBlock::by_fast_pass);
}

bool GradientCheck::passed() const {
    return worst_by_difference().error <= options.tolerance &&
           worst_by_fast_pass().error <= options.fast_tolerance;
}

GradientCheck check_gradient(const Network<float>& network, const PlainExamples& examples,
                             const LossFunction& loss, const Gradient<double>& gradient,
                             const GradientCheckOptions& options) {
    const Network<double> plain = in_double(network);
    const PlainExamples of_members = for_each_member(examples, network.shape().members.count);
    GradientCheck check;
    check.rows = examples.count();
    check.loss = gradient.loss;
    check.options = options;
    for (const ParameterBlock& block : parameter_blocks(network.shape())) {
        double squares = 0.0;
        for (const double g : gradient.theta().subspan(block.first, block.size())) squares += g * g;
        check.blocks.push_back({.name = block.name, .parameters = block.size(), .norm = std::sqrt(squares)});
    }
    compare_with_differences(plain, of_members, loss, gradient, check);
    compare_with_fast_pass(network, plain, of_members, loss, check);
    return check;
}

GradientCheck check_gradient(const Network<float>& network, const PlainExamples& examples,
                             const LossFunction& loss, const GradientCheckOptions& options) {
    const Network<double> plain = in_double(network);
    const PlainExamples of_members = for_each_member(examples, network.shape().members.count);
    const Trace<double> trace = forward_propagation<double>(plain, of_members.inputs);
    return check_gradient(network, examples, loss, back_propagation(plain, trace, of_members.targets(), loss),
                          options);
}

}  // namespace thalweg
