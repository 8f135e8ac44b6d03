#include "insight/column_importance.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "core/random.h"
#include "insight/diagnosis.h"

namespace thalweg {
namespace {

constexpr std::size_t kDeals = 3;
constexpr std::size_t kMostRows = 1000;
constexpr std::size_t kLeastRows = 50;
/// Multiplications: a second or so.
constexpr double kMostWork = 1e10;

double parameters_of(const Model& model) {
    double parameters = 0.0;
    for (const ModelNetwork& one : model.networks())
        parameters += static_cast<double>(one.network.theta().size() * one.network.shape().members.count);
    return parameters;
}

std::string error_metric(const Model& model) {
    return model.target_coder().task() == Task::regression ? "rmse" : "log_loss";
}

double metric_of(const Model& model, const Table& rows, const std::string& name) {
    const Evaluation evaluation = model.evaluate(rows);
    const auto found = std::ranges::find(evaluation.metrics, name, &Metrics::value_type::first);
    return found == evaluation.metrics.end() ? 0.0 : found->second;
}

/// Fisher and Yates.
std::vector<std::uint32_t> deal(std::size_t count, std::uint64_t seed, std::size_t which) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    const Random random(seed, RandomStream::sample, static_cast<std::uint32_t>(which));
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i, i)]);
    return order;
}

Column dealt(const Column& column, std::span<const std::uint32_t> order) {
    Column result = column;
    for (std::size_t n = 0; n < order.size(); ++n)
        if (column.type == ColumnType::text)
            result.codes[n] = column.codes[order[n]];
        else
            result.values[n] = column.value(order[n]);
    return result;
}

}  // namespace

ColumnImportance permutation_importance(const Model& model, Table rows,
                                        const std::vector<std::string>& in_order, std::uint64_t seed) {
    ColumnImportance result;
    result.metric = error_metric(model);
    std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(rows);
    if (labelled.empty() || in_order.empty()) return result;
    const double passes = kMostWork / parameters_of(model) / kDeals;
    const auto affordable = static_cast<std::size_t>(passes / static_cast<double>(in_order.size()));
    const std::size_t wanted = std::clamp(affordable, kLeastRows, kMostRows);
    std::vector<std::uint32_t> chosen;
    for (const std::uint32_t at : rows_at_even_distances(labelled.size(), wanted))
        chosen.push_back(labelled[at]);
    rows = sample_rows(rows, chosen);
    result.rows = rows.rows();
    result.with_all = metric_of(model, rows, result.metric);
    const auto columns = std::min(
        in_order.size(), static_cast<std::size_t>(std::max(1.0, passes / static_cast<double>(result.rows))));
    for (std::size_t c = 0; c < columns; ++c) {
        double rise = 0.0;
        for (std::size_t which = 0; which < kDeals; ++which) {
            std::vector<Column> all = rows.take_columns();
            const auto at =
                static_cast<std::size_t>(std::ranges::find(all, in_order[c], &Column::name) - all.begin());
            Column kept = std::exchange(all[at], dealt(all[at], deal(result.rows, seed, which)));
            rows = Table(std::move(all), "the sample");
            rise += metric_of(model, rows, result.metric) - result.with_all;
            all = rows.take_columns();
            all[at] = std::move(kept);
            rows = Table(std::move(all), "the sample");
        }
        result.by_column[in_order[c]] = rise / kDeals;
    }
    return result;
}

}  // namespace thalweg
