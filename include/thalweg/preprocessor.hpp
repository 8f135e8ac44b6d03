#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "thalweg/choice.hpp"
#include "thalweg/dataset.hpp"
#include "thalweg/input_stage.hpp"
#include "thalweg/table.hpp"

namespace thalweg {

/// What the network is for.
enum class Task { automatic, regression, binary, multiclass, multilabel };

template <>
struct ChoiceTable<Task> {
    static constexpr std::string_view noun = "task";
    static constexpr std::pair<Task, std::string_view> entries[] = {
        {Task::automatic, "auto"},        {Task::regression, "regression"}, {Task::binary, "binary"},
        {Task::multiclass, "multiclass"}, {Task::multilabel, "multilabel"},
    };
};

/// What is done with a column of the input.
enum class Treatment { number, category, time, dropped };

template <>
struct ChoiceTable<Treatment> {
    static constexpr std::string_view noun = "treatment";
    static constexpr std::pair<Treatment, std::string_view> entries[] = {
        {Treatment::number, "number"},
        {Treatment::category, "category"},
        {Treatment::time, "time"},
        {Treatment::dropped, "dropped"},
    };
};

/// A number that becomes one input, computed in double: z = (value - centre) / scale, and where `smooth_clip`
/// z / sqrt(1 + (z/3)^2), which is nearly z around 0 and never leaves (-3, 3), so that a far value cannot
/// drown the others. Source: Holzmueller et al. 2024, "Better by default" (RealMLP).
struct NumberPlan {
    double centre = 0.0;
    double scale = 1.0;
    double fill = 0.0;  ///< what a missing value is taken for: the centre of the training rows
    bool smooth_clip = false;
    /// Ascending; where there are any the input is, in place of z, the standard normal number that has as
    /// large a share of all normal numbers below it as `value` has of these.
    std::vector<double> quantiles = {};

    /// The input for `value`; a missing one (NaN) or an infinite one counts as `fill`, and is 0 among
    /// quantiles.
    float encode(double value) const;
};

/// How numbers are brought to a common scale. standard: by mean and standard deviation. robust: by median and
/// quartile distance, one-hot inputs too, as RealMLP does it; both clip far values smoothly. quantile: by
/// their quantiles, so that they become normal, as TabM has it.
enum class Scaling { standard, robust, quantile };

template <>
struct ChoiceTable<Scaling> {
    static constexpr std::string_view noun = "scaling";
    static constexpr std::pair<Scaling, std::string_view> entries[] = {
        {Scaling::standard, "standard"},
        {Scaling::robust, "robust"},
        {Scaling::quantile, "quantile"},
    };
};

/// What the inputs of a category are. one_hot: one for each value, and one for missing where training had
/// some. signed_pairs: two values have one input, 1 or -1, and missing sets none.
enum class CategoryCoding { one_hot, signed_pairs };

template <>
struct ChoiceTable<CategoryCoding> {
    static constexpr std::string_view noun = "coding of categories";
    static constexpr std::pair<CategoryCoding, std::string_view> entries[] = {
        {CategoryCoding::one_hot, "one_hot"},
        {CategoryCoding::signed_pairs, "signed_pairs"},
    };
};

/// The parts of a time that became inputs. Linear: seconds, as a NumberPlan. Cycles: sine and cosine.
enum class TimePart { linear, year_cycle, week_cycle, day_cycle };

template <>
struct ChoiceTable<TimePart> {
    static constexpr std::string_view noun = "part of a time";
    static constexpr std::pair<TimePart, std::string_view> entries[] = {
        {TimePart::linear, "linear"},
        {TimePart::year_cycle, "year_cycle"},
        {TimePart::week_cycle, "week_cycle"},
        {TimePart::day_cycle, "day_cycle"},
    };
};

/// A column of the table and what was fitted to it; the open form is what the model file stores.
struct ColumnPlan {
    std::string name;
    ColumnType type = ColumnType::number;  ///< as it was read at training
    Treatment treatment = Treatment::number;
    std::string reason;                   ///< why it was dropped, or treated so; for people
    std::size_t missing = 0;              ///< cells missing at training
    bool missing_indicator = false;       ///< number, time: one more input, 1 where missing, else 0
    NumberPlan number;                    ///< number; time: its linear part
    std::vector<double> recurring = {};   ///< number: ascending, values that have an input of their own too
    std::vector<std::string> categories;  ///< category: those with a code of their own
    std::vector<std::string> rare;        ///< category: those that share `other` with unseen ones
    bool other_input = false;             ///< category: the last code is for rare and unseen ones
    bool missing_input = false;           ///< category: one code for missing (comes before `other`)
    bool embedded = false;                ///< category: its code is one input, else each code has its own
    OneHotValues one_hot = {};            ///< category that is not embedded
    std::string time_format;              ///< time read from text: its strptime format
    std::vector<TimePart> time_parts;
    /// Category, recurring values: the share of the training rows that each code has, the rest has none.
    /// Empty where it is not known, in models before format 7.
    std::vector<double> code_shares = {};
    std::vector<double> time_means = {};  ///< time: the mean of each of its inputs in training; or empty

    /// category: how many it has; number: its recurring values.
    std::size_t codes() const;
    /// Inputs among the dense ones: of a number or a time.
    std::size_t dense_inputs() const;
    /// Inputs that its codes take.
    std::size_t code_inputs() const;
    /// All inputs that this column takes.
    std::size_t inputs() const { return dense_inputs() + code_inputs(); }
};

/// How cells of a table differed from what training had seen.
struct ColumnReport {
    std::string name;
    std::size_t missing = 0;            ///< missing cells where training had none
    std::size_t unseen = 0;             ///< cells with a category that training did not have
    std::vector<std::string> examples;  ///< up to three unseen values
};

struct PreprocessorOptions {
    std::vector<std::string> ignore;       ///< not looked at: targets, weights, --ignore
    std::vector<std::string> categorical;  ///< categories whatever they look like
    std::vector<std::string> numeric;  ///< numbers whatever they look like: never left out as an identifier
    /// Categories of more values than this, missing or unknown counted as one, are embedded by the network.
    std::size_t one_hot_up_to = std::numeric_limits<std::size_t>::max();
    Scaling scaling = Scaling::standard;
    CategoryCoding category_coding = CategoryCoding::one_hot;
    /// Values that most rows of a column of numbers share with others have inputs of their own too; not with
    /// robust scaling.
    bool recurring_values = true;
};

/// Turns rows of a table into inputs of a network. Fitted on the training rows only.
class Preprocessor {
  public:
    Preprocessor() = default;
    explicit Preprocessor(std::vector<ColumnPlan> columns);

    /// Throws Error{data}: nothing is left to learn from; a text cell in a column of numbers (file, line,
    /// value).
    static Preprocessor fit(const Table& table, std::span<const std::uint32_t> rows,
                            const PreprocessorOptions& options);

    const std::vector<ColumnPlan>& columns() const { return columns_; }
    std::size_t inputs() const { return inputs_; }
    /// Which inputs are numbers, ascending: not the cycles of a time, what is missing, or categories.
    std::vector<std::size_t> number_inputs() const;
    /// Which inputs are codes of categories that the network embeds, and how many codes each has.
    CategoryEmbedding embedded_categories() const;
    /// For each input the number of the column that it comes from.
    std::vector<std::size_t> input_columns() const;
    /// A name for each input, for people: "age", "age is missing", "city=Rome", "city=(other)", "fare=8.05".
    std::vector<std::string> input_names() const;

    /// Fills dense, blocks and codes of a Dataset for `rows` of the table. Columns are found by name, in any
    /// order; others are ignored. Throws Error{data}: a missing column (by name), text where numbers were.
    Dataset transform(const Table& table, std::span<const std::uint32_t> rows,
                      std::vector<ColumnReport>* report = nullptr) const;

  private:
    std::vector<ColumnPlan> columns_;
    std::size_t inputs_ = 0;
};

/// One column to predict.
struct TargetPlan {
    std::string name;
    std::vector<std::string> classes;  ///< classification: the names, sorted; empty for real values
    double mean = 0.0;                 ///< real values: y_hat * scale + mean is the prediction
    double scale = 1.0;
    std::vector<double> levels = {};  ///< of quantiles, an output for each; empty: one output
    /// No real value is predicted outside of these.
    double least = -std::numeric_limits<double>::infinity();
    double greatest = std::numeric_limits<double>::infinity();

    std::size_t outputs() const { return levels.empty() ? 1 : levels.size(); }
    bool is_bounded() const { return least > -std::numeric_limits<double>::infinity(); }
    /// The prediction that an output means.
    double value_of(double y_hat) const { return std::clamp(y_hat * scale + mean, least, greatest); }
};

/// What real values are measured in before the loss sees them. standardised: deviations from the mean;
/// relative: multiples of the mean magnitude, for losses of ratios, which a factor does not change.
enum class TargetScaling { none, standardised, relative };

/// The target columns: their kind, and how they become what the loss compares with.
class TargetCoder {
  public:
    TargetCoder() = default;
    TargetCoder(Task task, std::vector<TargetPlan> targets, std::string reason);

    /// Recognises the kind of the targets (Task::automatic) or checks the one asked for. Throws Error{data}:
    /// constant, all missing, one class only, a task that the values do not fit.
    static TargetCoder fit(const Table& table, std::span<const std::uint32_t> rows,
                           const std::vector<std::string>& targets, Task task, TargetScaling scaling);

    Task task() const { return task_; }
    /// Why this task, in words.
    const std::string& reason() const { return reason_; }
    const std::vector<TargetPlan>& targets() const { return targets_; }
    /// Neurons of the output layer: targets (levels of quantiles), or classes; 1 for binary.
    std::size_t outputs() const;

    /// Rows that have every target.
    std::vector<std::uint32_t> labelled_rows(const Table& table) const;
    /// The same, with these levels of quantiles for its only target.
    TargetCoder with_levels(std::vector<double> levels) const;
    /// The same, predicting no real value outside of those that the targets have in `rows`.
    TargetCoder bounded_by(const Table& table, std::span<const std::uint32_t> rows) const;
    /// Fills values or classes of `dataset` for the same rows. Throws Error{data} for a class unknown to
    /// training.
    void encode(const Table& table, std::span<const std::uint32_t> rows, Dataset& dataset) const;

  private:
    Task task_ = Task::regression;
    std::vector<TargetPlan> targets_;
    std::string reason_;
};

/// The rows of `table` whose targets are all present.
std::vector<std::uint32_t> rows_with_targets(const Table& table, const std::vector<std::string>& targets);

struct Split {
    std::vector<std::uint32_t> training;
    std::vector<std::uint32_t> validation;
};

/// A share of `rows` drawn by `seed` for validation; `strata` (one for each of rows, or empty) keeps the mix
/// of classes. Both parts ascending. At least one row stays on each side unless share is 0.
Split split_rows(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> strata, double share,
                 std::uint64_t seed);

/// Deals `rows` out to `folds` folds, drawn by `seed`; returns the fold of each, from 0. Folds differ by one
/// row at most, and so do their shares of each stratum. Throws Error{usage} for fewer than 2 folds,
/// Error{data} for more than rows.
std::vector<std::uint32_t> deal_folds(std::size_t rows, std::span<const std::uint32_t> strata,
                                      std::size_t folds, std::uint64_t seed);

/// The positions of one fold (validation) and of all others (training) in what deal_folds gave.
Split split_fold(std::span<const std::uint32_t> fold_of_rows, std::size_t fold);

}  // namespace thalweg
