#include "insight/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "core/elementary.h"
#include "insight/plain_network.h"

namespace thalweg {
namespace {

/// Between the hidden layer with most gradient and the one with least. Healthy networks stay within a
/// hundred; 30 logistic layers are beyond 1e10.
constexpr double kWideGap = 100'000.0;
/// A neuron with g' below this on every row learns nothing.
constexpr double kFlat = 1e-3;
/// Some dead neurons are how relu works; more than this share is a fault.
constexpr double kManyNeurons = 0.6;
/// Epochs after which a loss may be judged.
constexpr std::size_t kEpochsToJudge = 5;
/// Parameters times rows: a look at a large network must not be felt.
constexpr std::size_t kMostWork = 20'000'000;
/// Of what a constant prediction gives: a loss above this has learnt nothing.
constexpr double kNothingLearnt = 0.99;

bool can_die(Activation activation) {
    return activation == Activation::relu;
}

bool can_saturate(Activation activation) {
    return activation == Activation::logistic || activation == Activation::tanh;
}

/// The share of a layer's neurons of which `holds(a)` is true for every row.
template <class Holds>
double share_of_neurons(const Matrix<double>& pre_activations, const Holds& holds) {
    std::size_t count = 0;
    for (std::size_t p = 0; p < pre_activations.cols(); ++p) {
        bool always = true;
        for (std::size_t n = 0; always && n < pre_activations.rows(); ++n)
            always = holds(pre_activations(n, p));
        count += always;
    }
    return static_cast<double>(count) / static_cast<double>(pre_activations.cols());
}

double root_mean_square(std::span<const double> values) {
    double squares = 0.0;
    for (const double value : values) squares += value * value;
    return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(values.size(), 1)));
}

/// The mean loss of the constant prediction that does best, where it has a closed form: the variance, or the
/// entropy of the classes.
std::optional<double> loss_of_constant(const PlainExamples& examples, const LossFunction& loss,
                                       std::size_t outputs) {
    const auto count = static_cast<double>(examples.count());
    double total = 0.0;
    if (loss.loss == Loss::squared_error) {
        for (std::size_t j = 0; j < outputs; ++j) {
            double mean = 0.0, squares = 0.0;
            for (std::size_t n = 0; n < examples.count(); ++n) mean += examples.values(n, j) / count;
            for (std::size_t n = 0; n < examples.count(); ++n)
                squares += (examples.values(n, j) - mean) * (examples.values(n, j) - mean);
            total += squares / count;
        }
        return total;
    }
    if (loss.loss != Loss::cross_entropy) return std::nullopt;
    std::vector<double> shares(outputs);
    for (const std::uint32_t of_example : examples.classes) shares[of_example] += 1.0 / count;
    for (const double share : shares)
        if (share > 0.0) total -= share * elementary::log(share);
    return total;
}

void add_gradient_notes(const std::vector<LayerHealth>& health, Activation activation,
                        std::vector<std::string>& notes) {
    if (health.size() < 3) return;  // two hidden layers at least
    const LayerHealth& lowest = health.front();
    const LayerHealth& highest = health[health.size() - 2];
    const std::string_view remedy = can_saturate(activation)
                                        ? "take an activation that does not flatten (--activation relu or "
                                          "silu), or fewer hidden layers"
                                        : "take fewer hidden layers, or a lower learning rate";
    if (highest.gradient > kWideGap * lowest.gradient) {
        const auto vanished = std::ranges::find_if(
            health.rbegin(), health.rend(),
            [&](const LayerHealth& layer) { return highest.gradient > kWideGap * layer.gradient; });
        notes.push_back(fmt::format(
            "the gradient vanishes: from layer {} down it is less than a hundred-thousandth of that in layer "
            "{}, {:.1e} in layer 1, so these layers hardly learn; {}",
            vanished->layer, highest.layer, lowest.gradient, remedy));
    } else if (lowest.gradient > kWideGap * highest.gradient && highest.gradient > 0.0) {
        notes.push_back(
            fmt::format("the gradient explodes: in layer 1 it is {:.1e} times that in layer {}; take a lower "
                        "learning rate "
                        "(--learning-rate), --clip-norm 1, or fewer hidden layers",
                        lowest.gradient / highest.gradient, highest.layer));
    }
}

void add_neuron_notes(const std::vector<LayerHealth>& health, std::vector<std::string>& notes) {
    for (const LayerHealth& layer : health) {
        if (layer.dead > kManyNeurons)
            notes.push_back(fmt::format(
                "{:.0f}% of the neurons of layer {} are dead: they give 0 for every row and learn nothing "
                "any "
                "more; take a lower learning rate (--learning-rate), or an activation without a flat side "
                "(--activation leaky_relu or silu)",
                100.0 * layer.dead, layer.layer));
        if (layer.saturated > kManyNeurons)
            notes.push_back(
                fmt::format("{:.0f}% of the neurons of layer {} are saturated: their slope is all but 0 for "
                            "every row; take "
                            "a lower learning rate (--learning-rate), or --activation silu",
                            100.0 * layer.saturated, layer.layer));
    }
}

void add_loss_notes(const std::vector<EpochReport>& history, std::optional<double> constant,
                    std::vector<std::string>& notes) {
    if (history.size() < kEpochsToJudge) return;
    const auto by_loss = [](const EpochReport& epoch) { return epoch.loss; };
    const double least = std::ranges::min_element(history, {}, by_loss)->loss;
    const EpochReport& first = history.front();
    const EpochReport& last = history.back();
    if (constant && least > kNothingLearnt * *constant && last.loss < 1.5 * *constant) {
        notes.push_back(fmt::format(
            "the loss does not fall: {:.4g} after {} epochs, and a constant prediction has {:.4g}; take "
            "another learning rate (--learning-rate), more epochs, or look whether the columns say anything "
            "of the target",
            last.loss, history.size(), *constant));
    } else if (last.loss > 1.5 * std::max(first.loss, constant.value_or(0.0))) {
        notes.push_back(
            fmt::format("the loss rises, from {:.4g} in the first epoch to {:.4g} in the last: the learning "
                        "rate {:g} is too "
                        "high; take a tenth of it (--learning-rate)",
                        first.loss, last.loss, first.learning_rate));
    }
}

/// Only what is still bad where training ended: an early stop or a schedule that fades out cures the rest.
void add_overfitting_note(const std::vector<EpochReport>& history, std::vector<std::string>& notes) {
    if (history.size() < kEpochsToJudge || !history.back().validation_loss) return;
    const auto best = std::ranges::min_element(history, {}, [](const EpochReport& epoch) {
        return epoch.validation_loss.value_or(std::numeric_limits<double>::infinity());
    });
    const EpochReport& last = history.back();
    const double at_best = best->validation_loss.value_or(0.0);
    if (*last.validation_loss > 1.2 * at_best && last.loss < 0.25 * at_best)
        notes.push_back(
            fmt::format("overfitting: from epoch {} on the loss on validation rows rises from {:.4g} to "
                        "{:.4g} while that on "
                        "the training rows falls to {:.4g}; the best epoch was kept. More rows, a smaller "
                        "network (--hidden), "
                        "--dropout or --weight-decay help",
                        best->epoch, at_best, *last.validation_loss, last.loss));
}

}  // namespace

std::vector<LayerHealth> layer_health(const Network<double>& network, const PlainExamples& examples,
                                      const LossFunction& loss) {
    const Activation activation = network.shape().activation;
    const Trace<double> trace = forward_propagation<double>(network, examples.inputs);
    const Gradient<double> gradient = back_propagation(network, trace, examples.targets(), loss);
    std::vector<LayerHealth> health;
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        LayerHealth layer;
        layer.layer = i;
        layer.gradient = root_mean_square(gradient.pre_activations[i - 1].elements());
        if (i < network.layers() && can_die(activation))
            layer.dead = share_of_neurons(trace.pre_activations[i - 1], [](double a) { return a <= 0.0; });
        if (i < network.layers() && can_saturate(activation))
            layer.saturated = share_of_neurons(trace.pre_activations[i - 1], [activation](double a) {
                return activation_derivative(activation, a) < kFlat;
            });
        health.push_back(layer);
    }
    return health;
}

std::vector<std::string> diagnose(const std::vector<EpochReport>& history, const Network<double>& network,
                                  const PlainExamples& examples, const LossFunction& loss) {
    std::vector<std::string> notes;
    const std::vector<LayerHealth> health = layer_health(network, examples, loss);
    add_gradient_notes(health, network.shape().activation, notes);
    add_neuron_notes(health, notes);
    add_loss_notes(history, loss_of_constant(examples, loss, network.shape().outputs()), notes);
    add_overfitting_note(history, notes);
    return notes;
}

std::vector<std::string> diagnose(const Training& training, const Table& rows) {
    const Model& model = training.model;
    std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(rows);
    if (labelled.empty() || training.networks.empty()) return {};
    const Network<double> network = network_alone(model, 1);
    labelled.resize(std::clamp<std::size_t>(kMostWork / network.theta().size(), 1, labelled.size()));
    return diagnose(training.networks.front().fit.history, network, plain_examples(model, rows, labelled),
                    model.loss());
}

Table sample_rows(const Table& table, std::size_t rows) {
    const std::size_t kept = std::min(rows, table.rows());
    std::vector<Column> columns;
    for (const Column& column : table.columns()) {
        Column& some = columns.emplace_back();
        some.name = column.name;
        some.type = column.type;
        some.dictionary = column.dictionary;
        for (std::size_t i = 0; i < kept; ++i) {
            const std::size_t row = i * table.rows() / kept;
            if (column.type == ColumnType::text)
                some.codes.push_back(column.codes[row]);
            else
                some.values.push_back(column.values[row]);
        }
    }
    return Table(std::move(columns), table.source());
}

}  // namespace thalweg
