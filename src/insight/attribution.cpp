#include "insight/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "core/elementary.h"
#include "core/floating_point.h"
#include "core/team.h"
#include "data/column_encoder.h"
#include "insight/diagnosis.h"
#include "insight/examples.h"
#include "insight/input_gradient.h"
#include "insight/open_categories.h"
#include "insight/plain_network.h"

namespace thalweg {
namespace {

/// Points on a stretch of a row's way, which is the whole of it at first.
constexpr std::size_t kPoints = 16;
/// Through bins, at whose edges the way bends, in as many steps.
constexpr std::size_t kSteps = 24;
/// How often a stretch is halved where a row's contributions are not close enough: for relu's kinks.
constexpr int kMostCuts = 8;
/// Of the sum of magnitudes: nobody reads a contribution more closely.
constexpr double kCloseEnough = 5e-4;
/// Rows of the table that the mean is taken over where the model does not know it.
constexpr std::size_t kRowsOfMean = 5000;
/// Rows whose ways a thread walks at a time, as many fewer as there are more columns than 64 whose
/// contributions along each stretch are kept; and points that are computed at a time.
constexpr std::size_t kRowsTogether = 64;
constexpr std::size_t kContributionsTogether = kRowsTogether * 64;
constexpr std::size_t kPointsTogether = 512;

/// Gauss and Legendre's points on [0, 1]: m of them integrate polynomials of degree 2m - 1 exactly.
struct Quadrature {
    std::vector<double> points, weights;

    explicit Quadrature(std::size_t m) {
        const auto count = static_cast<double>(m);
        for (std::size_t i = 0; i < m; ++i) {
            double x = elementary::cosine_of_turns((static_cast<double>(i) + 0.75) / (2.0 * count + 1.0));
            double slope = 0.0;
            for (int newton = 0; newton < 20; ++newton) {
                double p = 1.0, before = 0.0;
                for (std::size_t k = 1; k <= m; ++k) {
                    const auto degree = static_cast<double>(k);
                    const double next = ((2.0 * degree - 1.0) * x * p - (degree - 1.0) * before) / degree;
                    before = std::exchange(p, next);
                }
                slope = count * (x * p - before) / (x * x - 1.0);
                x -= p / slope;
            }
            points.push_back((1.0 + x) / 2.0);
            weights.push_back(1.0 / ((1.0 - x * x) * slope * slope));
        }
    }
};

Matrix<float> gathered(const Dataset& dataset) {
    std::vector<std::uint32_t> all(dataset.rows);
    std::iota(all.begin(), all.end(), 0U);
    Matrix<float> inputs(dataset.rows, dataset.inputs);
    dataset.gather_inputs(all, inputs);
    return inputs;
}

/// Models before format 7 do not store how often categories occurred in training, and the means of times.
bool knows_mean_row(const Preprocessor& preprocessor) {
    return std::ranges::all_of(preprocessor.columns(), [](const ColumnPlan& column) {
        return column.code_shares.size() == column.codes() &&
               (column.treatment != Treatment::time || !column.time_means.empty());
    });
}

/// The mean of the inputs of numbers and times, and of whether they are missing, as far as the model knows
/// it.
void put_dense_means(const Model& model, const ColumnPlan& column, std::span<float> mean) {
    std::ranges::transform(column.time_means, mean.begin(),
                           [](double input) { return static_cast<float>(input); });
    if (column.treatment != Treatment::number) return;
    mean[0] = column.number.encode(column.number.fill);
    const auto found = model.training().find("rows");
    const double rows = found == model.training().end() ? 0.0 : std::stod(found->second);
    if (column.missing_indicator && rows > 0.0)
        mean[1] = static_cast<float>(static_cast<double>(column.missing) / rows);
}

/// Row k has code k of every column, and none of columns that have no such code.
Matrix<float> rows_of_codes(const Preprocessor& preprocessor) {
    const std::vector<ColumnPlan>& columns = preprocessor.columns();
    Matrix<float> rows(std::ranges::max(columns, {}, &ColumnPlan::codes).codes() + 1, preprocessor.inputs());
    std::size_t first = 0;
    for (const ColumnPlan& column : columns) first += column.dense_inputs();
    for (const ColumnPlan& column : columns) {
        if (!has_codes(column)) continue;
        for (std::uint32_t code = 0; code < rows.rows(); ++code)
            block_of(column, first).write(code, &rows(code, first));
        first += column.code_inputs();
    }
    return rows;
}

/// The mean of the inputs in `range` over codes that had these shares of the training rows; what is left of
/// the rows had none. `rows`: row k has code k.
void put_code_means(const Matrix<float>& rows, std::vector<double> shares, const InputRange& range,
                    std::span<float> mean) {
    shares.push_back(1.0 - std::accumulate(shares.begin(), shares.end(), 0.0));
    for (std::size_t j = range.first; j < range.first + range.count; ++j) {
        double sum = 0.0;
        for (std::size_t code = 0; code < shares.size(); ++code) sum += shares[code] * rows(code, j);
        mean[j] = static_cast<float>(sum);
    }
}

/// What the model knows of training's mean.
void put_known_means(const Model& model, const OpenCategories& opened, std::span<float> mean) {
    const std::vector<ColumnPlan>& columns = model.preprocessor().columns();
    std::size_t first = 0;
    for (const ColumnPlan& column : columns) {
        const std::size_t count = column.dense_inputs();
        if (count > 0)
            put_dense_means(model, column,
                            mean.subspan(opened.open(InputRange{column.name, first, count}).first, count));
        first += count;
    }
    const Matrix<float> rows = opened.open(rows_of_codes(model.preprocessor()));
    for (const ColumnPlan& column : columns) {
        const InputRange range{column.name, first, column.code_inputs()};
        if (!column.code_shares.empty()) put_code_means(rows, column.code_shares, opened.open(range), mean);
        first += range.count;
    }
}

/// An output in the unit in which it is told: a number of y_hat is `scale` of it.
struct ToldOutput {
    std::size_t output = 0;
    std::string name;
    double scale = 1.0;
    double mean = 0.0;
};

/// A part of the way from the mean to one of the rows that are asked for.
struct Stretch {
    std::size_t asked = 0;
    double from = 0.0, to = 1.0;              ///< shares of the way
    double y_hat_from = 0.0, y_hat_to = 0.0;  ///< the output at either end
    std::vector<double> by_range;             ///< the integral along it, of the inputs of each range

    double share(double of_stretch) const { return from + of_stretch * (to - from); }
    /// What the integral lacks of the difference between the ends.
    double error() const {
        return std::accumulate(by_range.begin(), by_range.end(), 0.0) - (y_hat_to - y_hat_from);
    }
};

/// Calls task(0) .. task(count - 1), each on whichever thread of the team comes to it.
template <class Task>
void share(Team& team, std::size_t count, const Task& task) {
    std::atomic<std::size_t> next = 0;
    team.run(std::min(team.size(), count), [&](std::size_t) {
        const FlushSubnormals mode;
        for (std::size_t i = next++; i < count; i = next++) task(i);
    });
}

/// Every target; of several classes the one at `predicted`.
std::vector<ToldOutput> told_outputs(const TargetCoder& coder, std::size_t predicted) {
    const std::vector<TargetPlan>& targets = coder.targets();
    if (coder.task() == Task::multiclass)
        return {{predicted, fmt::format("P({})", targets[0].classes[predicted])}};
    std::vector<ToldOutput> outputs;
    std::size_t output = 0;
    for (const TargetPlan& target : targets) {
        if (coder.task() != Task::regression) {
            outputs.push_back({output++, coder.task() == Task::binary
                                             ? fmt::format("P({})", target.classes[1])
                                             : fmt::format("P({})", target.name)});
            continue;
        }
        for (std::size_t level = 0; level < target.outputs(); ++level)
            outputs.push_back({output++,
                               target.levels.empty()
                                   ? target.name
                                   : fmt::format("{} q_{}", target.name, target.levels[level]),
                               target.scale, target.mean});
    }
    return outputs;
}

}  // namespace

double Attribution::sum() const {
    return std::accumulate(by_column.begin(), by_column.end(), 0.0);
}

/// A row whose output is to be attributed, where that goes, and the output's scale.
struct Attributor::Asked {
    std::uint32_t row = 0;
    std::size_t place = 0;
    double scale = 1.0;
};

/// Some rows of which one output is asked for.
struct Attributor::Batch {
    std::size_t output = 0;
    std::span<const Asked> asked;
};

/// A network of the model, with the mean row as it reads it.
struct Attributor::Part {
    OpenCategories opened;
    InputGradient gradient;
    std::vector<InputRange> ranges;
    Matrix<float> mean;     ///< one row
    Matrix<float> at_mean;  ///< its y_hat
    double weight = 1.0;

    Part(const Model& model, const Network<double>& network, const Matrix<float>& rows, double counts)
        : opened(network), gradient(opened.network()), weight(counts) {
        for (const InputRange& range : input_ranges(model.preprocessor()))
            ranges.push_back(opened.open(range));
        const Matrix<float> all = opened.open(rows);
        mean = Matrix<float>(1, all.cols());
        std::vector<double> sums(all.cols());
        for (std::size_t n = 0; n < all.rows(); ++n)
            for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += all(n, j);
        for (std::size_t j = 0; j < sums.size() && all.rows() > 0; ++j)
            mean(0, j) = static_cast<float>(sums[j] / static_cast<double>(all.rows()));
        put_known_means(model, opened, mean.row(0));
        at_mean = gradient.y_hat(mean);
    }

    bool has_bins() const { return !opened.network().shape().piecewise.inputs.empty(); }
    /// The points at these shares of each stretch, one stretch after the other. rows: where the ways lead.
    Matrix<float> on_the_way(const Matrix<float>& rows, std::span<const Stretch> stretches,
                             std::span<const double> shares) const;
    /// Finds the integrals of one output along stretches, in the points of a quadrature.
    void integrate(const Matrix<float>& rows, std::span<Stretch> stretches, std::size_t output) const;
    /// The same in steps of what layer 1 reads, each with the gradient at its middle: no edge of a bin that a
    /// step goes over is lost.
    void sum_steps(const Matrix<float>& rows, std::span<Stretch> stretches, std::size_t output) const;
    std::vector<std::size_t> ranges_of_embedded() const;
    void walk(const Matrix<float>& rows, std::span<Stretch> stretches, std::size_t output) const;
    std::vector<Stretch> halves(const Matrix<float>& rows, std::span<const Stretch> stretches,
                                std::size_t output) const;
    /// For each row what each range contributes to the output: along the whole way, and again in parts where
    /// that is not close enough.
    Matrix<double> attributions(const Matrix<float>& rows, std::size_t output) const;
};

Matrix<float> Attributor::Part::on_the_way(const Matrix<float>& rows, std::span<const Stretch> stretches,
                                           std::span<const double> shares) const {
    const std::size_t m = shares.size();
    Matrix<float> way(stretches.size() * m, rows.cols());
    for (std::size_t n = 0; n < stretches.size(); ++n)
        for (std::size_t k = 0; k < m; ++k) {
            const double share = stretches[n].share(shares[k]);
            const std::span<const float> row = rows.row(stretches[n].asked);
            const std::span<float> point = way.row(n * m + k);
            for (std::size_t j = 0; j < rows.cols(); ++j)
                point[j] = static_cast<float>(mean(0, j) + share * (double{row[j]} - mean(0, j)));
        }
    return way;
}

void Attributor::Part::integrate(const Matrix<float>& rows, std::span<Stretch> stretches,
                                 std::size_t output) const {
    static const Quadrature quadrature(kPoints);
    const Matrix<float> slopes = gradient.of(on_the_way(rows, stretches, quadrature.points), output);
    for (std::size_t n = 0; n < stretches.size(); ++n) {
        Stretch& stretch = stretches[n];
        for (std::size_t c = 0; c < ranges.size(); ++c)
            for (std::size_t j = ranges[c].first; j < ranges[c].first + ranges[c].count; ++j) {
                double slope = 0.0;
                for (std::size_t k = 0; k < kPoints; ++k)
                    slope += quadrature.weights[k] * slopes(n * kPoints + k, j);
                stretch.by_range[c] +=
                    slope * (stretch.to - stretch.from) * (double{rows(stretch.asked, j)} - mean(0, j));
            }
    }
}

void Attributor::Part::sum_steps(const Matrix<float>& rows, std::span<Stretch> stretches,
                                 std::size_t output) const {
    std::vector<double> shares(kSteps + 1);
    for (std::size_t k = 0; k <= kSteps; ++k)
        shares[k] = static_cast<double>(k) / static_cast<double>(kSteps);
    const Matrix<float> ends = gradient.embedded(on_the_way(rows, stretches, shares));
    Matrix<float> middles(stretches.size() * kSteps, ends.cols());
    const auto end = [&](std::size_t n, std::size_t k, std::size_t j) {
        return ends(n * (kSteps + 1) + k, j);
    };
    for (std::size_t n = 0; n < stretches.size(); ++n)
        for (std::size_t k = 0; k < kSteps; ++k)
            for (std::size_t j = 0; j < ends.cols(); ++j)
                middles(n * kSteps + k, j) = 0.5F * (end(n, k, j) + end(n, k + 1, j));
    const Matrix<float> slopes = gradient.of_embedded(middles, output);
    const std::vector<std::size_t> range_of = ranges_of_embedded();
    for (std::size_t n = 0; n < stretches.size(); ++n)
        for (std::size_t k = 0; k < kSteps; ++k)
            for (std::size_t j = 0; j < ends.cols(); ++j)
                stretches[n].by_range[range_of[j]] +=
                    double{slopes(n * kSteps + k, j)} * (double{end(n, k + 1, j)} - double{end(n, k, j)});
}

/// Of each number that layer 1 reads the range that it comes from.
std::vector<std::size_t> Attributor::Part::ranges_of_embedded() const {
    const NetworkShape& shape = opened.network().shape();
    std::vector<std::size_t> inputs = shape.kept_inputs();
    for (const std::size_t input : shape.periodic.inputs)
        inputs.insert(inputs.end(), shape.periodic.outputs, input);
    for (const std::size_t input : shape.piecewise.inputs)
        inputs.insert(inputs.end(), shape.piecewise.outputs, input);
    std::vector<std::size_t> result;
    for (const std::size_t input : inputs) {
        const auto holds_it = [&](const InputRange& range) {
            return input >= range.first && input < range.first + range.count;
        };
        result.push_back(static_cast<std::size_t>(std::ranges::find_if(ranges, holds_it) - ranges.begin()));
    }
    return result;
}

/// Some of them at a time, so that their points stay in the cache.
void Attributor::Part::walk(const Matrix<float>& rows, std::span<Stretch> stretches,
                            std::size_t output) const {
    const std::size_t at_once = kPointsTogether / (has_bins() ? kSteps : kPoints);
    for (std::size_t first = 0; first < stretches.size(); first += at_once) {
        const std::span<Stretch> some = stretches.subspan(first, std::min(at_once, stretches.size() - first));
        for (Stretch& stretch : some) stretch.by_range.assign(ranges.size(), 0.0);
        has_bins() ? sum_steps(rows, some, output) : integrate(rows, some, output);
    }
}

std::vector<Stretch> Attributor::Part::halves(const Matrix<float>& rows, std::span<const Stretch> stretches,
                                              std::size_t output) const {
    constexpr double kMiddle[] = {0.5};
    const Matrix<float> y_hat = gradient.y_hat(on_the_way(rows, stretches, kMiddle));
    std::vector<Stretch> result;
    for (std::size_t n = 0; n < stretches.size(); ++n) {
        Stretch first = stretches[n], second = stretches[n];
        first.to = second.from = stretches[n].share(kMiddle[0]);
        first.y_hat_to = second.y_hat_from = y_hat(n, output);
        result.push_back(std::move(first));
        result.push_back(std::move(second));
    }
    return result;
}

Matrix<double> Attributor::Part::attributions(const Matrix<float>& rows, std::size_t output) const {
    const Matrix<float> y_hat = gradient.y_hat(rows);
    std::vector<Stretch> stretches;
    for (std::size_t n = 0; n < rows.rows(); ++n)
        stretches.push_back(
            {.asked = n, .y_hat_from = at_mean(0, output), .y_hat_to = y_hat(n, output), .by_range = {}});
    std::size_t walked = 0;  // of the stretches, the first ones
    for (int cuts = 0;; ++cuts) {
        walk(rows, std::span(stretches).subspan(walked), output);
        Matrix<double> sums(rows.rows(), ranges.size());
        std::vector<double> count(rows.rows()), least_error(rows.rows());
        for (const Stretch& stretch : stretches) {
            ++count[stretch.asked];
            for (std::size_t c = 0; c < ranges.size(); ++c) sums(stretch.asked, c) += stretch.by_range[c];
        }
        if (cuts == kMostCuts) return sums;
        for (std::size_t n = 0; n < rows.rows(); ++n) {
            double sum = 0.0, magnitudes = 0.0;
            for (const double of_range : sums.row(n)) sum += of_range, magnitudes += std::abs(of_range);
            const double error = std::abs(sum - (double{y_hat(n, output)} - at_mean(0, output)));
            // What is below half the mean of a row's errors makes less than half of their sum.
            least_error[n] = error > kCloseEnough * magnitudes ? 0.5 * error / count[n]
                                                               : std::numeric_limits<double>::infinity();
        }
        const auto not_close = std::partition(
            stretches.begin(), stretches.end(),
            [&](const Stretch& stretch) { return std::abs(stretch.error()) < least_error[stretch.asked]; });
        if (not_close == stretches.end()) return sums;
        const std::vector<Stretch> parts = halves(rows, {not_close, stretches.end()}, output);
        stretches.erase(not_close, stretches.end());
        walked = stretches.size();
        stretches.insert(stretches.end(), parts.begin(), parts.end());
    }
}

Attributor::Attributor(const Model& model, const Table& table) : model_(model) {
    Matrix<float> rows(0, model.preprocessor().inputs());
    if (!knows_mean_row(model.preprocessor()))
        rows = gathered(
            model.preprocessor().transform(table, rows_at_even_distances(table.rows(), kRowsOfMean)));
    for (const InputRange& range : input_ranges(model.preprocessor())) {
        const auto known = std::ranges::find(columns_, range.column);
        column_of_range_.push_back(static_cast<std::size_t>(known - columns_.begin()));
        if (known == columns_.end()) columns_.push_back(range.column);
    }
    for (const ModelNetwork& one : model.networks()) {
        const std::size_t members = one.network.shape().members.count;
        for (std::size_t m = 0; m < members; ++m)
            parts_.emplace_back(model, member_alone(one.network, m), rows,
                                static_cast<double>(one.weight) / static_cast<double>(members));
        total_weight_ += static_cast<double>(one.weight);
    }
}

Attributor::~Attributor() = default;

Matrix<double> Attributor::mean_y_hat(const Matrix<float>& inputs, Team& team) const {
    Matrix<double> mean(inputs.rows(), model_.network().shape().outputs());
    share(team, (inputs.rows() + kPointsTogether - 1) / kPointsTogether, [&](std::size_t batch) {
        const std::size_t first = batch * kPointsTogether;
        Matrix<float> rows(std::min(kPointsTogether, inputs.rows() - first), inputs.cols());
        std::ranges::copy(inputs.elements().subspan(first * inputs.cols(), rows.elements().size()),
                          rows.elements().begin());
        for (const Part& part : parts_) {
            const Matrix<float> y_hat = part.gradient.y_hat(part.opened.open(rows));
            for (std::size_t j = 0; j < y_hat.elements().size(); ++j)
                mean.elements()[first * mean.cols() + j] += part.weight / total_weight_ * y_hat.elements()[j];
        }
    });
    return mean;
}

std::vector<std::vector<Attribution>> Attributor::of(const Table& table, std::span<const std::uint32_t> rows,
                                                     int threads) const {
    const Matrix<float> inputs = gathered(model_.preprocessor().transform(table, rows));
    Team team(useful_threads(threads));
    const Matrix<double> y_hat = mean_y_hat(inputs, team);
    std::vector<std::vector<Attribution>> told(rows.size());
    std::map<std::size_t, std::vector<Asked>> asked;  // by output
    for (std::uint32_t n = 0; n < told.size(); ++n) {
        const std::span<const double> row = y_hat.row(n);
        const auto predicted = std::ranges::max_element(row) - row.begin();
        for (const ToldOutput& output :
             told_outputs(model_.target_coder(), static_cast<std::size_t>(predicted))) {
            asked[output.output].push_back({n, told[n].size(), output.scale});
            told[n].push_back({output.name, output.mean, output.scale * row[output.output] + output.mean,
                               std::vector<double>(columns_.size())});
        }
    }
    const std::size_t at_once = std::clamp<std::size_t>(
        kContributionsTogether / std::max<std::size_t>(columns_.size(), 1), 1, kRowsTogether);
    std::vector<Batch> batches;
    for (const auto& [output, of_output] : asked)
        for (std::size_t first = 0; first < of_output.size(); first += at_once)
            batches.push_back(
                {output, std::span(of_output).subspan(first, std::min(at_once, of_output.size() - first))});
    share(team, batches.size(), [&](std::size_t batch) { add_attributions(inputs, batches[batch], told); });
    return told;
}

/// The mean of the networks'.
void Attributor::add_attributions(const Matrix<float>& inputs, const Batch& batch,
                                  std::vector<std::vector<Attribution>>& told) const {
    Matrix<float> rows(batch.asked.size(), inputs.cols());
    for (std::size_t n = 0; n < rows.rows(); ++n)
        std::ranges::copy(inputs.row(batch.asked[n].row), rows.row(n).begin());
    for (const Part& part : parts_) {
        const Matrix<double> found = part.attributions(part.opened.open(rows), batch.output);
        for (std::size_t n = 0; n < batch.asked.size(); ++n) {
            Attribution& attribution = told[batch.asked[n].row][batch.asked[n].place];
            const double scale = part.weight / total_weight_ * batch.asked[n].scale;
            attribution.baseline += scale * part.at_mean(0, batch.output);
            for (std::size_t range = 0; range < column_of_range_.size(); ++range)
                attribution.by_column[column_of_range_[range]] += scale * found(n, range);
        }
    }
}

Table attribution_table(const Model& model, const Table& table, int threads) {
    const Attributor attributor(model, table);
    std::vector<std::uint32_t> all(table.rows());
    std::iota(all.begin(), all.end(), 0U);
    const std::vector<std::vector<Attribution>> told = attributor.of(table, all, threads);
    const auto named = [&](std::string name) {
        while (std::ranges::find(attributor.columns(), name) != attributor.columns().end()) name += "_";
        return name;
    };
    std::vector<Column> columns(4 + attributor.columns().size());
    columns[0].name = named("row");
    columns[1].name = named("output");
    columns[1].type = ColumnType::text;
    columns[2].name = named("baseline");
    columns[3].name = named("prediction");
    for (std::size_t c = 0; c < attributor.columns().size(); ++c)
        columns[4 + c].name = attributor.columns()[c];
    std::map<std::string, std::uint32_t> codes;
    for (std::size_t n = 0; n < told.size(); ++n)
        for (const Attribution& one : told[n]) {
            const auto [code, is_new] =
                codes.try_emplace(one.output, static_cast<std::uint32_t>(codes.size()));
            if (is_new) columns[1].dictionary.push_back(one.output);
            columns[0].values.push_back(static_cast<double>(n + 1));
            columns[1].codes.push_back(code->second);
            columns[2].values.push_back(one.baseline);
            columns[3].values.push_back(one.prediction);
            for (std::size_t c = 0; c < one.by_column.size(); ++c)
                columns[4 + c].values.push_back(one.by_column[c]);
        }
    return Table(std::move(columns), "attributions");
}

}  // namespace thalweg
