#include "model/defaults.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/packed_network.h"
#include "model/option_table.h"
#include "model/presets.h"
#include "model/rates.h"
#include "model/tabm_recipe.h"

namespace thalweg {
namespace {

bool is_plain(const TrainOptions& options) {
    return options.preset == Preset::plain;
}

/// Rules that are made for the gradient of all rows: a mini-batch's noise breaks the signs that rprop follows
/// and the curvature that lbfgs gathers, and gd is the plain form of theory.md.
bool takes_all_rows(OptimizerKind kind) {
    return kind == OptimizerKind::gd || kind == OptimizerKind::rprop || kind == OptimizerKind::lbfgs;
}

/// Of all rows, those to validate on too.
constexpr std::size_t kFewRows = 750;

/// So few rows do not say enough for a wide network: a small one, held down, does better (Sacramento and
/// titanic, of 699 and 712 rows, by 1 and 2%). Of 12 tables cut down to 900 rows ten have 0.3 to 5% more
/// error with it, and two 1% less.
bool is_small(const DataFacts& facts) {
    return facts.training_rows + facts.validation_rows < kFewRows;
}

/// The recipe of RealMLP (Holzmueller et al. 2024) in our words: numbers embedded in waves and a scale of the
/// inputs learned with them, rates by the fan-in, four waves of the learning rate, dropout and decay that
/// fade out. It needs a rule that sets each parameter's step apart. One network, three seeds: california
/// 51,400 to 47,300 and diamonds 536 to 514 (rmse), adult 0.918 to 0.927 (AUC). Below 750 rows see
/// is_small.
bool follows_recipe(const TrainOptions& options, const DataFacts& facts, OptimizerKind kind) {
    return !is_plain(options) && !has_recipe(options.preset) && !is_small(facts) &&
           (kind == OptimizerKind::adam || kind == OptimizerKind::adamw);
}

/// Beyond so many numbers the embedding takes longer than the layers above it, and such columns (pixels, say)
/// are read together and not one by one: digits and mnist10k are better off without it, and without the
/// scale.
constexpr std::size_t kMostEmbeddedNumbers = 50;

Embedding default_embedding(const TrainOptions& options, const DataFacts& facts, OptimizerKind kind) {
    return follows_recipe(options, facts, kind) && facts.numbers.size() <= kMostEmbeddedNumbers
               ? Embedding::periodic
               : Embedding::none;
}

/// Few rows cannot tell a fast wave from noise: movies 0.811 and 19.7 with 1, 0.825 and 20.6 with 3;
/// california and adult want 3 or more.
double default_frequency_scale(const DataFacts& facts) {
    return facts.training_rows < 5000 ? 1.0 : 3.0;
}

/// Three layers of 256 are wide enough for every table that was tried and small enough for a laptop.
std::vector<std::size_t> default_hidden(const TrainOptions& options, const DataFacts& facts) {
    if (is_plain(options)) return {32};
    if (is_tabm(options.preset))
        return tabm_hidden(!facts.numbers.empty() && choose_embedding(options, facts) != Embedding::none);
    return is_small(facts) ? std::vector<std::size_t>{256, 256} : std::vector<std::size_t>{256, 256, 256};
}

/// Smooth activations beat relu on tables: diamonds 536 against 576 (rmse), mnist10k 0.9605 against 0.9495.
Activation default_activation(const TrainOptions& options) {
    if (is_plain(options)) return Activation::logistic;
    return options.monotone.empty() ? Activation::silu : Activation::relu;
}

bool is_of_classes(Loss loss) {
    return loss == Loss::cross_entropy || loss == Loss::binary_cross_entropy;
}

/// The usual starting points of each rule. gd: inputs and targets are standardised, so 0.1 is stable. ntk:
/// those of RealMLP.
double default_learning_rate(const TrainOptions& options, const NetworkShape& shape, Loss loss,
                             OptimizerKind kind) {
    if (options.parametrisation == Parametrisation::ntk) return is_of_classes(loss) ? 0.04 : 0.2;
    switch (kind) {
        case OptimizerKind::gd:
            return 0.1;
        case OptimizerKind::sgd:
        case OptimizerKind::adagrad:
        case OptimizerKind::rprop:
            return 0.01;
        case OptimizerKind::lbfgs:
            return 1.0;  // its line search starts at the quasi-Newton step
        case OptimizerKind::adam:
        case OptimizerKind::adamw:
            return shape.embeds_numbers() ? 3e-3 : 2e-3;
        case OptimizerKind::rmsprop:
            return 1e-3;
    }
    return 1e-3;
}

/// Some hundred updates an epoch: fewer learn slowly, more only add noise and lose the speed of wide batches.
std::size_t default_batch_size(const TrainOptions& options, OptimizerKind kind, std::size_t rows) {
    constexpr std::size_t kUpdatesPerEpoch = 128, kLeast = 32, kMost = 1024;
    if (is_plain(options) || takes_all_rows(kind)) return rows;
    if (is_tabm(options.preset)) return tabm_batch_size(rows);
    return std::clamp(std::bit_ceil(rows / kUpdatesPerEpoch + 1), kLeast, kMost);
}

/// As many passes as half a minute on two cores allows, or a minute for several networks, by count and not by
/// clock, so that the result does not depend on the machine. Tables gain nothing after 200 passes, and a
/// network needs a few in any case. Small ones need fewer, but some 1200 updates all the same.
std::size_t default_epochs(const DataFacts& facts, const NetworkShape& shape, std::size_t batch_size,
                           OptimizerKind kind) {
    if (takes_all_rows(kind)) return 1000;
    if (is_small(facts)) {
        const std::size_t updates_per_epoch = (facts.training_rows + batch_size - 1) / batch_size;
        return std::clamp<std::size_t>(1200 / std::max<std::size_t>(updates_per_epoch, 1), 60, 400);
    }
    constexpr double kFlops = 1.2e12;             // 30 s at 40 Gflop/s, measured on two cores of 2020
    constexpr double kFlopsOfAll = 3.0e12;        // of several networks
    constexpr double kFlopsPerMultiplyAdd = 6.0;  // a row: forward 2, back 4
    constexpr double kLeast = 3.0, kMost = 200.0;
    const double of_epoch =
        kFlopsPerMultiplyAdd * multiply_adds(shape) * static_cast<double>(facts.training_rows);
    const double affordable =
        facts.networks == 1 ? kFlops : kFlopsOfAll / static_cast<double>(facts.networks);
    return static_cast<std::size_t>(std::clamp(affordable / of_epoch, kLeast, kMost));
}

/// Half the passes without a better one: the best steps are made late, where the rate is low, so the end must
/// not come early.
std::size_t default_patience(const TrainOptions& options, const DataFacts& facts, std::size_t epochs) {
    constexpr std::size_t kLeast = 10;
    if (is_plain(options) || facts.validation_rows == 0) return 0;
    return std::max(kLeast, epochs / 2);
}

/// A little. Of few rows, classes want more of it, and real values, whose curve a small network must still
/// follow, do better without. None where the rule needs the same loss twice.
double default_dropout(const TrainOptions& options, const DataFacts& facts, Loss loss, OptimizerKind kind) {
    if (is_plain(options) || takes_all_rows(kind)) return 0.0;
    // Its bounds hold a monotone network down enough: california (income rising, 8 epochs, two seeds) 46,900
    // and 47,800 without, 48,100 and 48,500 with 0.15. Left free it had 47,400 and 48,800.
    if (!options.monotone.empty()) return 0.0;
    if (is_small(facts)) return is_of_classes(loss) ? 0.2 : 0.0;
    return follows_recipe(options, facts, kind) ? 0.15 : 0.05;
}

/// With a truth of 1 the logits grow without end, the loss of the validation part rises early, and the best
/// epoch is taken long before the classes are told apart best: mnist10k 0.963 to 0.968 (three seeds) against
/// 0.937 to 0.961.
double default_label_smoothing(const TrainOptions& options, const Pair& pair) {
    const bool classes = pair.output == Output::softmax && pair.loss.loss == Loss::cross_entropy;
    return classes && !is_plain(options) ? 0.05 : 0.0;
}

/// Decoupled, weights shrink by rate * decay a step; few rows want more of it. Added
/// to the gradient, as the other rules have it, the same numbers would drown it.
double default_weight_decay(const DataFacts& facts, OptimizerKind kind) {
    if (kind != OptimizerKind::adamw) return 0.0;
    return is_small(facts) ? 0.3 : 0.02;
}

ScheduleKind default_schedule(const TrainOptions& options, const DataFacts& facts, OptimizerKind kind) {
    if (follows_recipe(options, facts, kind)) return ScheduleKind::coslog4;
    return is_plain(options) || takes_all_rows(kind) ? ScheduleKind::constant : ScheduleKind::cosine;
}

/// Passes that are enough for `iterations` updates.
std::size_t epochs_for(std::size_t iterations, std::size_t batch_size, std::size_t rows) {
    const std::size_t per_epoch = std::max<std::size_t>(1, (rows + batch_size - 1) / batch_size);
    return std::max<std::size_t>(1, (iterations + per_epoch - 1) / per_epoch);
}

/// A number of one value alone has no bin and stays as it is.
PiecewiseEmbedding piecewise_embedding(const DataFacts& facts) {
    PiecewiseEmbedding embedding;
    for (std::size_t j = 0; j < facts.numbers.size(); ++j) {
        if (facts.edges[j].size() < 2) continue;
        embedding.inputs.push_back(facts.numbers[j]);
        embedding.edges.push_back(facts.edges[j]);
    }
    return embedding;
}

NetworkShape choose_shape(const TrainOptions& options, const DataFacts& facts, Output output) {
    NetworkShape shape{options.hidden.value_or(default_hidden(options, facts)),
                       options.activation.value_or(default_activation(options)), output};
    const OptimizerKind rule = choose_rule(options);
    const Embedding embedding = choose_embedding(options, facts);
    if (embedding == Embedding::periodic) shape.periodic.inputs = facts.numbers;
    if (embedding == Embedding::piecewise) shape.piecewise = piecewise_embedding(facts);
    shape.scales_categories = options.scale_inputs.value_or(false);
    shape.input_scale = shape.scales_categories || (options.input_scale && !shape.periodic.inputs.empty() &&
                                                    follows_recipe(options, facts, rule));
    shape.categories = facts.categories;
    shape.categories.outputs = options.category_width;
    shape.members = {options.members.value_or(1), options.adapters.value_or(Adapters::all)};
    shape.parametric = options.parametric.value_or(false);
    shape.widths.insert(shape.widths.begin(), facts.inputs);
    shape.widths.push_back(facts.outputs);
    shape.check();
    return shape;
}

OptimizerOptions choose_optimizer(const TrainOptions& options, const DataFacts& facts) {
    OptimizerOptions chosen;
    chosen.kind = choose_rule(options);
    chosen.momentum = options.momentum.value_or(chosen.kind == OptimizerKind::sgd ? 0.9 : 0.0);
    chosen.nesterov = options.nesterov;
    chosen.beta1 = options.beta1;
    chosen.beta2 = options.beta2.value_or(chosen.beta2);
    chosen.epsilon = options.epsilon.value_or(chosen.kind == OptimizerKind::adagrad ? 1e-10 : 1e-8);
    chosen.weight_decay = options.weight_decay.value_or(default_weight_decay(facts, chosen.kind));
    chosen.l1 = options.l1;
    return chosen;
}

/// Measured with adamw: what the recipe's authors give for its neural tangent parametrisation, where weights
/// of a layer with 256 inputs have 1/16 of the rate; embeddings do better somewhat faster than theirs.
RateFactors default_rates(const TrainOptions& options, const DataFacts& facts, OptimizerKind kind) {
    if (options.one_rate || !follows_recipe(options, facts, kind)) return {};
    return {.embedding = 5.0, .input_scale = 100.0, .biases = 1.5, .bends = 0.1, .fan_in = 256};
}

/// Those of RealMLP. Adam's step does not depend on the scale of the gradient (but for epsilon, which is far
/// below it): in a = V h / sqrt(n) + b it moves V by the rate, and so W = V / sqrt(n) by 1/sqrt(n) of it.
///
/// RealMLP has two logits z_1, z_2 for two classes, and p_2 = softmax(z)_2 = logistic(z_2 - z_1). The loss
/// depends on z = z_2 - z_1 alone, so grad_{z_2} = -grad_{z_1} = grad_z, and Adam takes opposite steps of the
/// same length in the two neurons: what z is computed with moves twice as far as theirs.
RateFactors ntk_rates(Output output) {
    return {.embedding = 0.1,
            .input_scale = 6.0,
            .biases = 0.1,
            .bends = 0.1,
            .output = output == Output::logistic ? 2.0 : 1.0,
            .fan_in = 1};
}

RateFactors choose_rates(const TrainOptions& options, const DataFacts& facts, Output output,
                         OptimizerKind kind) {
    const bool ntk = options.parametrisation == Parametrisation::ntk;
    return with_rates(ntk ? ntk_rates(output) : default_rates(options, facts, kind), options.rates);
}

ScheduleOptions choose_schedule(const TrainOptions& options, const DataFacts& facts,
                                const NetworkShape& shape, Loss loss, OptimizerKind kind) {
    ScheduleOptions chosen;
    chosen.kind = options.schedule.value_or(default_schedule(options, facts, kind));
    chosen.learning_rate = options.learning_rate.value_or(default_learning_rate(options, shape, loss, kind));
    // one_cycle and coslog4 rise by themselves. With the cosine a short rise keeps the first steps, when
    // adamw has seen only a few gradients, from throwing the initialisation away.
    chosen.warmup = options.warmup.value_or(chosen.kind == ScheduleKind::cosine ? 0.03 : 0.0);
    return chosen;
}

/// Options that say what a network is to learn or how long that may take, and not how.
bool leaves_network_open(std::string_view option) {
    constexpr std::string_view kOpen[] = {"loss", "output", "huber-delta", "quantile", "time-limit"};
    return std::ranges::find(kOpen, option) != std::end(kOpen);
}

/// Whether anything is said of networks, their learning or their validation. Who says something of one
/// network wants to see what it does.
bool describes_network(const TrainOptions& options) {
    using namespace option_group;
    const std::map<std::string, std::string> said = changed_options(options);
    TrainOptions unsaid;
    return std::ranges::any_of(bind_options(unsaid), [&](const Option& option) {
        const std::string_view group = option.about.group;
        const bool of_network = group == kNetwork || group == kLearning || group == kOverfitting;
        return of_network && !leaves_network_open(option.about.name) &&
               said.contains(std::string(option.about.name));
    });
}

}  // namespace

/// Five folds are worth more than a single network of five times the time on every table but the largest
/// ones, where a network sees enough rows.
///
/// Networks are of two kinds, since the mean of two that see numbers differently has less error than two of
/// one kind: on ten tables of modeldata of 3500 to 12,000 rows, by a split not looked at before, nine have
/// 0.5 to 11% less (rmse, log loss) than with five of one kind, and hotel_rates 1% more. Below 750 rows,
/// where a network takes a second, there are four of each fold, in turns with numbers as they are and in
/// bins, which is the better one on most small tables (bikeshare 44 against 94, attrition 0.829 against
/// 0.822) and the worse one on some. On 27 tables of R packages (140 to 900 rows to learn from) numbers as
/// they are left 3.8 +- 1.9% more error than the mean of both (rmse; log loss 1.7 +- 1.2%), and bins 0.0
/// +- 1.7% (1.4 +- 1.4%). A network without hidden layers among them (0.3 +- 0.5%; -1.0
/// +- 0.8%) or twice as many in ten folds (-0.5 +- 0.3%; -0.3 +- 0.5%) did not pay.
///
/// From 750 rows on each fold has one of either kind, and the rows that they had not learnt from tell how
/// much each kind counts: bins alone are worse by far on some (leaf_id_flavia's log loss 0.11 and 0.008; of
/// the plain mean 0.037). Where two would leave each few epochs the folds take the kinds in turns. Beyond 50
/// numbers there is one kind: in turns with bins cells' AUC rises from 0.916 to 0.919 (two splits), and
/// digits' accuracy falls from 0.983 to 0.981 (five seeds), for twice the time.
NetworkCounts choose_networks(const TrainOptions& options, std::size_t rows, bool validates) {
    constexpr std::size_t kLeastRows = 50, kMostRows = 50'000;
    constexpr std::size_t kFolds = 5;
    if (options.ensemble || options.folds)
        return {options.ensemble.value_or(1), options.folds.value_or(1), false, options.select};
    if (validates || rows < kLeastRows || rows > kMostRows || describes_network(options)) return {};
    if (rows < kFewRows) return {.ensemble = 4, .folds = kFolds, .mixed = true};
    return {.ensemble = 2, .folds = kFolds, .mixed = true, .selects = true};
}

NetworkCounts suited(const NetworkCounts& counts, const TrainOptions& options, const DataFacts& facts,
                     const Pair& pair) {
    constexpr std::size_t kEnoughEpochs = 25;
    const bool two_kinds = has_second_kind(facts);
    if (two_kinds && choose(options, facts, pair).fit.epochs >= kEnoughEpochs) return counts;
    return {.ensemble = counts.selects ? 1 : counts.ensemble, .folds = counts.folds, .mixed = two_kinds};
}

OptimizerKind choose_rule(const TrainOptions& options) {
    return options.optimizer.value_or(is_plain(options) ? OptimizerKind::gd : OptimizerKind::adamw);
}

double choose_validation_share(const TrainOptions& options) {
    return options.validation.value_or(is_plain(options) ? 0.0 : 0.15);
}

Embedding choose_embedding(const TrainOptions& options, const DataFacts& facts) {
    const OptimizerKind rule = choose_rule(options);
    return options.embedding.value_or(default_embedding(options, facts, rule));
}

Choices choose(const TrainOptions& options, const DataFacts& facts, const Pair& pair) {
    Choices chosen{choose_shape(options, facts, pair.output),
                   options.frequency_scale.value_or(default_frequency_scale(facts)),
                   {},
                   options.initialisation.value_or(Initialisation::standard)};
    FitOptions& fit = chosen.fit;
    fit.loss = pair.loss;
    fit.loss.label_smoothing = options.label_smoothing.value_or(default_label_smoothing(options, pair));
    fit.optimizer = choose_optimizer(options, facts);
    fit.rates = choose_rates(options, facts, pair.output, fit.optimizer.kind);
    fit.decay_of = options.decay_of.value_or(DecayOf::weights);
    fit.schedule = choose_schedule(options, facts, chosen.shape, fit.loss.loss, fit.optimizer.kind);
    const ScheduleKind fading =
        follows_recipe(options, facts, fit.optimizer.kind) ? ScheduleKind::flat_cos : ScheduleKind::constant;
    fit.dropout_schedule = options.dropout_schedule.value_or(fading);
    fit.weight_decay_schedule = options.weight_decay_schedule.value_or(fading);
    fit.whole_batches = options.whole_batches.value_or(false);
    fit.keep_by = options.keep_by.value_or(KeepBy::loss);
    fit.bounds = facts.bounds;
    fit.batch_size =
        options.batch_size.value_or(default_batch_size(options, fit.optimizer.kind, facts.training_rows));
    fit.iterations = options.iterations.value_or(is_plain(options) && !options.epochs ? 1000 : 0);
    const std::size_t open_epochs =
        fit.iterations > 0 ? epochs_for(fit.iterations, fit.batch_size, facts.training_rows)
                           : default_epochs(facts, chosen.shape, fit.batch_size, fit.optimizer.kind);
    fit.epochs = options.epochs.value_or(open_epochs);
    fit.patience = options.patience.value_or(default_patience(options, facts, fit.epochs));
    fit.dropout =
        options.dropout.value_or(default_dropout(options, facts, fit.loss.loss, fit.optimizer.kind));
    fit.monotone = facts.monotone;
    fit.clip_norm = options.clip_norm.value_or(0.0);
    fit.time_limit = options.time_limit;
    fit.seed = options.seed;
    fit.shuffle = !is_plain(options);
    fit.member_batches = options.member_batches.value_or(MemberBatches::own);
    fit.precision = options.precision;
    fit.threads = options.threads;
    return chosen;
}

bool has_second_kind(const DataFacts& facts) {
    return !facts.numbers.empty() && facts.numbers.size() <= kMostEmbeddedNumbers;
}

std::vector<Choices> choose_kinds(const TrainOptions& options, const DataFacts& facts, const Pair& pair,
                                  bool mixed) {
    std::vector<Choices> kinds = {choose(options, facts, pair)};
    if (!mixed || !has_second_kind(facts)) return kinds;
    TrainOptions in_bins = options;
    in_bins.embedding = Embedding::piecewise;
    kinds.push_back(choose(in_bins, facts, pair));
    return kinds;
}

TrainOptions filled(TrainOptions options, const Choices& choices) {
    const FitOptions& fit = choices.fit;
    const std::vector<std::size_t>& widths = choices.shape.widths;
    options.hidden = std::vector<std::size_t>(widths.begin() + 1, widths.end() - 1);
    options.activation = choices.shape.activation;
    options.embedding = !choices.shape.periodic.inputs.empty()    ? Embedding::periodic
                        : !choices.shape.piecewise.inputs.empty() ? Embedding::piecewise
                                                                  : Embedding::none;
    options.input_scale = choices.shape.input_scale;
    if (!choices.shape.periodic.inputs.empty()) options.frequency_scale = choices.frequency_scale;
    options.output = choices.shape.output;
    options.loss = fit.loss.loss;
    options.optimizer = fit.optimizer.kind;
    options.learning_rate = fit.schedule.learning_rate;
    options.momentum = fit.optimizer.momentum;
    options.epsilon = fit.optimizer.epsilon;
    options.weight_decay = fit.optimizer.weight_decay;
    options.dropout = fit.dropout;
    options.label_smoothing = fit.loss.label_smoothing;
    options.schedule = fit.schedule.kind;
    options.warmup = fit.schedule.warmup;
    options.batch_size = fit.batch_size;
    options.epochs = fit.epochs;
    options.iterations = fit.iterations;
    options.patience = fit.patience;
    if (fit.clip_norm > 0.0) options.clip_norm = fit.clip_norm;
    if (choices.shape.is_ensemble()) {
        options.members = choices.shape.members.count;
        options.adapters = choices.shape.members.adapters;
        options.member_batches = fit.member_batches;
    }
    return options;
}

}  // namespace thalweg
