#include "insight/diagnosis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "insight/constant_loss.h"
#include "insight/layer_health.h"

namespace thalweg {
namespace {

/// Between the hidden layer with most gradient and the one with least. Healthy networks stay within a
/// hundred; 30 logistic layers are beyond 1e10.
constexpr double kWideGap = 100'000.0;
/// Some dead neurons are how relu works; more than this share is a fault.
constexpr double kManyNeurons = 0.6;
/// Epochs after which a loss may be judged.
constexpr std::size_t kEpochsToJudge = 5;
/// Parameters times rows, of a network and of all: a look at large networks must not be felt.
constexpr std::size_t kMostWork = 20'000'000;
constexpr std::size_t kMostWorkOfAll = 200'000'000;
constexpr std::size_t kMostRows = 64;
/// Of what a constant prediction has: a loss above this has learnt nothing.
constexpr double kNotBelow = 0.99;
/// Times that no rate takes a network that suits it.
constexpr double kFarAbove = 20.0;

/// What should come out of some rows, without what goes in.
PlainExamples targets_of(const Model& model, const Table& table) {
    const std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(table);
    Dataset dataset;
    dataset.rows = labelled.size();
    model.target_coder().encode(table, labelled, dataset);
    PlainExamples targets;
    targets.classes = std::move(dataset.classes);
    targets.values = Matrix<double>(dataset.values.rows(), dataset.values.cols());
    std::ranges::copy(dataset.values.elements(), targets.values.elements().begin());
    return targets;
}

/// That of the best constant prediction, of all rows. Weights of rows or classes change it; nothing is said
/// then.
std::optional<double> loss_without_learning(const Training& training, const Table& targets) {
    const Model& model = training.model;
    if (model.training().contains("weight") || model.training().contains("class-weight")) return {};
    // Real values are scaled to a variance of 1, which a sample with few of the large ones need not show.
    const std::vector<TargetPlan>& plans = model.target_coder().targets();
    const bool scaled =
        model.loss().loss == Loss::squared_error && model.network().shape().output == Output::linear &&
        std::ranges::none_of(plans, [](const TargetPlan& target) { return target.scale == 1.0; });
    if (scaled && model.target_coder().task() == Task::regression) return static_cast<double>(plans.size());
    return loss_of_constant(targets_of(model, targets), model.network().shape(), model.loss());
}

void add_gradient_notes(const std::vector<LayerHealth>& health, Activation activation,
                        std::vector<Diagnosis>& notes) {
    if (health.size() < 3) return;  // two hidden layers at least
    const LayerHealth& lowest = health.front();
    const LayerHealth& highest = health[health.size() - 2];
    const std::string_view remedy =
        can_saturate(activation)
            ? "take an activation that does not flatten (--activation relu or silu), fewer hidden layers, or "
              "a start that looks at the data (--initialisation data)"
            : "take fewer hidden layers, a lower learning rate, or a start that looks at the data "
              "(--initialisation data)";
    if (highest.gradient > kWideGap * lowest.gradient) {
        const auto vanished = std::ranges::find_if(
            health.rbegin(), health.rend(),
            [&](const LayerHealth& layer) { return highest.gradient > kWideGap * layer.gradient; });
        notes.push_back(
            {Trouble::vanishing,
             fmt::format("the gradient vanishes: from layer {} down it is less than a hundred-thousandth of "
                         "that in layer {}, {:.1e} in layer 1, so these layers hardly learn; {}",
                         vanished->layer, highest.layer, lowest.gradient, remedy)});
    } else if (lowest.gradient > kWideGap * highest.gradient && highest.gradient > 0.0) {
        notes.push_back(
            {Trouble::exploding,
             fmt::format("the gradient explodes: in layer 1 it is {:.1e} times that in layer {}; take a "
                         "lower learning rate (--learning-rate), --clip-norm 1, fewer hidden layers, or a "
                         "start that looks at the data (--initialisation data)",
                         lowest.gradient / highest.gradient, highest.layer)});
    }
}

/// "layer 2", "layers 1, 2 and 3"
std::string layers_text(const std::vector<std::size_t>& layers) {
    if (layers.size() == 1) return fmt::format("layer {}", layers[0]);
    const std::vector<std::size_t> first(layers.begin(), layers.end() - 1);
    return fmt::format("layers {} and {}", fmt::join(first, ", "), layers.back());
}

/// Says it once of all layers where most neurons are flat.
void add_flat_note(const std::vector<LayerHealth>& health, Trouble trouble, double LayerHealth::*share,
                   std::string_view what, std::string_view remedy, std::vector<Diagnosis>& notes) {
    std::vector<std::size_t> layers;
    double most = 0.0;
    for (const LayerHealth& layer : health)
        if (layer.*share > kManyNeurons) {
            layers.push_back(layer.layer);
            most = std::max(most, layer.*share);
        }
    if (layers.empty()) return;
    notes.push_back(
        {trouble, fmt::format("{}{:.0f}% of the neurons of {} are {}{}", layers.size() > 1 ? "up to " : "",
                              100.0 * most, layers_text(layers), what, remedy)});
}

void add_neuron_notes(const std::vector<LayerHealth>& health, Activation activation,
                      std::vector<Diagnosis>& notes) {
    add_flat_note(health, Trouble::dead, &LayerHealth::dead,
                  "dead: they give 0, or all but 0, for every row and learn nothing any more; ",
                  activation == Activation::relu
                      ? "take a lower learning rate (--learning-rate), or an activation without a flat side "
                        "(--activation leaky_relu or silu)"
                      : "take a lower learning rate (--learning-rate), or an activation without a flat side "
                        "(--activation leaky_relu)",
                  notes);
    add_flat_note(health, Trouble::saturated, &LayerHealth::saturated,
                  "saturated: their slope is all but 0 for every row; ",
                  "take a lower learning rate (--learning-rate), or --activation silu", notes);
}

void add_loss_notes(const std::vector<EpochReport>& history, std::optional<double> constant,
                    std::vector<Diagnosis>& notes) {
    if (history.empty()) return;
    const auto by_loss = [](const EpochReport& epoch) { return epoch.loss; };
    const double least = std::ranges::min_element(history, {}, by_loss)->loss;
    const EpochReport& worst = *std::ranges::max_element(history, {}, by_loss);
    const EpochReport& first = history.front();
    const EpochReport& last = history.back();
    if (constant && worst.loss > kFarAbove * *constant) {
        notes.push_back(
            {Trouble::high_rate,
             fmt::format("the learning rate is too high: in epoch {} the loss is {:.4g}, and a constant "
                         "prediction has {:.4g}; take a tenth of it (--learning-rate), or --clip-norm 1",
                         worst.epoch, worst.loss, *constant)});
    } else if (history.size() < kEpochsToJudge) {
        return;
    } else if (constant && least > kNotBelow * *constant) {
        notes.push_back({Trouble::idle_loss,
                         fmt::format("the loss does not fall: {:.4g} after {} epochs, and a constant "
                                     "prediction has {:.4g}; take another learning rate (--learning-rate), "
                                     "more epochs, or look whether the columns say anything of the target",
                                     last.loss, history.size(), *constant)});
    } else if (last.loss > 1.5 * std::max(first.loss, constant.value_or(0.0))) {
        notes.push_back(
            {Trouble::rising_loss,
             fmt::format("the loss rises, from {:.4g} in the first epoch to {:.4g} in the last: the learning "
                         "rate {:g} is too high; take a tenth of it (--learning-rate)",
                         first.loss, last.loss, first.learning_rate)});
    }
}

/// An early stop or a schedule that fades out cures a little of it, and the best epoch is kept in any case:
/// it is told where it is much, and sooner where there are more neurons than rows to learn from.
void add_overfitting_note(const std::vector<EpochReport>& history, std::optional<double> constant,
                          const NetworkShape& shape, std::size_t training_rows,
                          std::vector<Diagnosis>& notes) {
    constexpr double kRise = 2.0, kRiseOfMany = 1.5, kGap = 0.4, kRiseOfConstant = 0.1;
    if (history.size() < kEpochsToJudge || !history.back().validation_loss) return;
    const auto best = std::ranges::min_element(history, {}, [](const EpochReport& epoch) {
        return epoch.validation_loss.value_or(std::numeric_limits<double>::infinity());
    });
    const std::size_t neurons =
        std::accumulate(shape.widths.begin() + 1, shape.widths.end() - 1, std::size_t{0});
    const EpochReport& last = history.back();
    const double at_best = best->validation_loss.value_or(0.0);
    const double rise = neurons > training_rows ? kRiseOfMany : kRise;
    if (*last.validation_loss > rise * at_best &&
        *last.validation_loss > at_best + kRiseOfConstant * constant.value_or(0.0) &&
        last.loss < kGap * *last.validation_loss)
        notes.push_back(
            {Trouble::overfitting,
             fmt::format("overfitting: from epoch {} on the loss on validation rows rises from {:.4g} to "
                         "{:.4g} while that on the training rows falls to {:.4g}; the best epoch was kept. "
                         "More rows, a smaller network (--hidden), --dropout or --weight-decay help",
                         best->epoch, at_best, *last.validation_loss, last.loss)});
}

/// What is wrong with one network or several.
struct Finding {
    Diagnosis of_first;
    std::vector<std::size_t> networks;
};

void add_finding(Diagnosis note, std::size_t network, std::vector<Finding>& findings) {
    const auto known = std::ranges::find_if(
        findings, [&](const Finding& finding) { return finding.of_first.trouble == note.trouble; });
    if (known == findings.end())
        findings.push_back({std::move(note), {network}});
    else
        known->networks.push_back(network);
}

/// "network 2 of 20, and 3 others: ...". A part of many networks overfits by the chance of their folds: that
/// is told where at least half do.
std::vector<std::string> told(const std::vector<Finding>& findings, std::size_t looked_at,
                              std::size_t networks) {
    std::vector<std::string> notes;
    for (const auto& [of_first, found_in] : findings) {
        if (of_first.trouble == Trouble::overfitting && 2 * found_in.size() < looked_at) continue;
        if (networks == 1) {
            notes.push_back(of_first.text);
            continue;
        }
        const std::size_t others = found_in.size() - 1;
        const std::string more = others == 0 ? ""
                                 : others + 1 == networks
                                     ? ", and all others"
                                     : fmt::format(", and {} other{}", others, others == 1 ? "" : "s");
        notes.push_back(
            fmt::format("network {} of {}{}: {}", found_in.front(), networks, more, of_first.text));
    }
    return notes;
}

}  // namespace

std::vector<Diagnosis> diagnose(const std::vector<EpochReport>& history, const Network<float>& network,
                                const PlainExamples& examples, const LossFunction& loss,
                                std::optional<double> constant_loss, std::size_t training_rows) {
    std::vector<Diagnosis> notes;
    const std::vector<LayerHealth> health = layer_health(network, examples, loss);
    add_loss_notes(history, constant_loss, notes);
    add_gradient_notes(health, network.shape().activation, notes);
    add_neuron_notes(health, network.shape().activation, notes);
    add_overfitting_note(history, constant_loss, network.shape(), training_rows, notes);
    return notes;
}

const NetworkTraining& training_of(const Training& training, std::size_t number) {
    std::size_t before = 0;
    for (const NetworkTraining& network : training.networks)
        if (network.kept && network.weight > 0 && ++before == number) return network;
    return training.networks.front();
}

std::vector<std::string> diagnose(const Training& training, const Table& rows, const Table& targets) {
    const Model& model = training.model;
    std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(rows);
    if (labelled.empty() || training.networks.empty()) return {};
    const NetworkShape& shape = model.network().shape();
    const std::size_t work = shape.parameters() * shape.members.count;
    labelled.resize(std::clamp<std::size_t>(kMostWork / work, 1, std::min(labelled.size(), kMostRows)));
    const PlainExamples examples = plain_examples(model, rows, labelled);
    const std::optional<double> constant = loss_without_learning(training, targets);
    const std::size_t learnt_from =
        training.training_rows - (training.folds > 1 ? training.training_rows / training.folds : 0);
    const std::size_t looked_at =
        std::clamp<std::size_t>(kMostWorkOfAll / (work * labelled.size()), 1, model.networks().size());
    std::vector<Finding> findings;
    for (std::size_t n = 1; n <= looked_at; ++n) {
        const NetworkTraining& one = training_of(training, n);
        const Network<float>& network = model.networks()[n - 1].network;
        for (Diagnosis& note :
             diagnose(one.fit.history, network, examples, model.loss(), constant, learnt_from))
            add_finding(std::move(note), one.network, findings);
    }
    return told(findings, looked_at, training.networks.size());
}

std::vector<std::uint32_t> rows_at_even_distances(std::size_t rows, std::size_t wanted) {
    const std::size_t kept = std::min(rows, wanted);
    std::vector<std::uint32_t> chosen(kept);
    for (std::size_t i = 0; i < kept; ++i) chosen[i] = static_cast<std::uint32_t>(i * rows / kept);
    return chosen;
}

Table sample_rows(const Table& table, std::span<const std::uint32_t> rows,
                  const std::vector<std::string>& names) {
    std::vector<Column> columns;
    for (const Column& column : table.columns()) {
        if (!names.empty() && std::ranges::find(names, column.name) == names.end()) continue;
        Column& some = columns.emplace_back();
        some.name = column.name;
        some.type = column.type;
        some.dictionary = column.dictionary;
        for (const std::uint32_t row : rows) {
            if (column.type == ColumnType::text)
                some.codes.push_back(column.codes[row]);
            else
                some.values.push_back(column.value(row));
        }
    }
    return Table(std::move(columns), table.source());
}

}  // namespace thalweg
