#include "model/pair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "data/cells.h"
#include "network/loss_rows.h"

namespace thalweg {
namespace {

/// What a task can be learnt with; the first of each is the default.
struct Fitting {
    std::vector<Output> outputs;
    std::vector<Loss> losses;
};

Fitting fitting(Task task) {
    switch (task) {
        case Task::binary:
        case Task::multilabel:
            return {{Output::logistic},
                    {Loss::binary_cross_entropy, Loss::squared_error, Loss::absolute_error, Loss::huber}};
        case Task::multiclass:
            return {{Output::softmax, Output::logistic},
                    {Loss::cross_entropy, Loss::binary_cross_entropy, Loss::squared_error,
                     Loss::absolute_error, Loss::huber}};
        default:
            return {
                {Output::linear, Output::exponential, Output::logistic, Output::softmax, Output::ascending},
                {Loss::squared_error, Loss::absolute_error, Loss::huber, Loss::quantile, Loss::poisson,
                 Loss::gamma, Loss::tweedie, Loss::mape}};
    }
}

template <class Choice>
std::string names(const std::vector<Choice>& choices) {
    std::vector<std::string_view> result;
    result.reserve(choices.size());
    for (const Choice choice : choices) result.push_back(name_of(choice));
    return fmt::format("{}", fmt::join(result, ", "));
}

template <class Choice>
void require_fitting(Choice choice, const std::vector<Choice>& fits, Task task) {
    if (std::ranges::find(fits, choice) != fits.end()) return;
    throw Error(ErrorKind::usage,
                fmt::format("the {} {} does not fit a {} target; one of: {}. Another kind of target can be "
                            "asked for with --task",
                            ChoiceTable<Choice>::noun, name_of(choice), name_of(task), names(fits)));
}

/// Losses whose scale is that of y_hat itself: twice the value is judged as twice the prediction.
bool is_of_ratios(std::optional<Loss> loss) {
    return loss == Loss::gamma || loss == Loss::tweedie || loss == Loss::mape;
}

Output default_output(Task task, const TrainOptions& options) {
    if (options.loss == Loss::poisson || is_of_ratios(options.loss)) return Output::exponential;
    if (options.quantile.size() > 1) return Output::ascending;
    if (task == Task::multiclass && options.loss == Loss::binary_cross_entropy) return Output::logistic;
    return fitting(task).outputs.front();
}

Loss default_loss(Task task, std::optional<Output> output) {
    if (task == Task::multiclass && output == Output::logistic) return Loss::binary_cross_entropy;
    return fitting(task).losses.front();
}

std::optional<double> least_reachable(const Pair& pair) {
    if (pair.output == Output::linear || pair.output == Output::ascending) return std::nullopt;
    return 0.0;
}

std::optional<double> most_reachable(const Pair& pair) {
    if (pair.output == Output::logistic || pair.output == Output::softmax) return 1.0;
    return std::nullopt;
}

/// Several levels come in order out of the ascending output alone, and it has a meaning only for them.
void check_levels(const Pair& pair) {
    const bool several = !pair.loss.levels.empty();
    if (several && pair.loss.loss != Loss::quantile)
        throw Error(ErrorKind::usage,
                    fmt::format("several levels of --quantile need --loss quantile: it is {}",
                                name_of(pair.loss.loss)));
    if (several == (pair.output == Output::ascending)) return;
    throw Error(ErrorKind::usage,
                several ? fmt::format("several levels of --quantile need the output ascending, which keeps "
                                      "them in order: it is {}",
                                      name_of(pair.output))
                        : "the output ascending is for several levels of --quantile, as in --loss quantile "
                          "--quantile 0.05,0.5,0.95");
}

void check_target_value(const Table& table, std::uint32_t row, const Column& column, double value,
                        const Pair& pair) {
    const auto least = least_reachable(pair);
    const auto most = most_reachable(pair);
    if ((least && value < *least) || (most && value > *most))
        throw Error(ErrorKind::data,
                    fmt::format("{}: the target '{}' is {}, which the output {} cannot reach; it gives "
                                "values {}",
                                table.locate(row), column.name, column.text(row), name_of(pair.output),
                                most ? "between 0 and 1" : "above 0"));
    if (!fits_loss(pair.loss.loss, value))
        throw Error(ErrorKind::data,
                    fmt::format("{}: the target '{}' is {}; it must be {}", table.locate(row), column.name,
                                column.text(row), target_range(pair.loss.loss)));
}

}  // namespace

TargetScaling target_scaling(const TrainOptions& options) {
    if (is_of_ratios(options.loss)) return TargetScaling::relative;
    const Output output = options.output.value_or(default_output(Task::regression, options));
    return output == Output::linear || output == Output::ascending ? TargetScaling::standardised
                                                                   : TargetScaling::none;
}

TargetCoder with_levels_of(const LossFunction& loss, const TargetCoder& coder) {
    if (loss.levels.empty()) return coder;
    if (coder.targets().size() > 1)
        throw Error(ErrorKind::usage,
                    fmt::format("several levels of --quantile are for one target, and there are {}; train a "
                                "model for each",
                                coder.targets().size()));
    return coder.with_levels(loss.levels);
}

void check_fits(Task task, const Pair& pair) {
    require_fitting(pair.output, fitting(task).outputs, task);
    require_fitting(pair.loss.loss, fitting(task).losses, task);
    check_levels(pair);
    check_pair(pair.output, pair.loss);
}

Pair choose_pair(Task task, const TrainOptions& options) {
    Pair pair;
    pair.output = options.output.value_or(default_output(task, options));
    pair.loss.loss = options.loss.value_or(default_loss(task, options.output));
    pair.loss.delta = options.huber_delta;
    if (options.quantile.size() == 1)
        pair.loss.quantile = options.quantile.front();
    else
        pair.loss.levels = options.quantile;
    pair.loss.tweedie_power = options.tweedie_power;
    pair.loss.label_smoothing = options.label_smoothing.value_or(0.0);
    check_fits(task, pair);
    return pair;
}

void check_reachable(const Table& table, std::span<const std::uint32_t> rows, const TargetCoder& coder,
                     const Pair& pair) {
    if (coder.task() != Task::regression) return;
    if (pair.output == Output::softmax && coder.targets().size() < 2)
        throw Error(ErrorKind::usage,
                    "the output softmax of a single real value is always 1; take logistic "
                    "for values between 0 and 1");
    for (const TargetPlan& target : coder.targets()) {
        const Column& column = table.column(target.name);
        const NumberCells cells = number_cells(table, column, rows);
        for (const std::uint32_t row : rows) check_target_value(table, row, column, cells.at(row), pair);
    }
}

void one_hot_targets(Dataset& dataset, std::size_t classes) {
    dataset.values = Matrix<float>(dataset.rows, classes);
    for (std::size_t row = 0; row < dataset.rows; ++row) dataset.values(row, dataset.classes[row]) = 1.0F;
    dataset.classes.clear();
}

}  // namespace thalweg
