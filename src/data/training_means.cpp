#include "data/training_means.h"

#include <algorithm>

#include "data/cells.h"
#include "data/column_encoder.h"
#include "data/recurring_values.h"

namespace thalweg {
namespace {

/// In how many rows each recurring value of a number stands.
std::vector<std::size_t> recurring_counts(const Table& table, std::span<const std::uint32_t> rows,
                                          const ColumnPlan& column) {
    std::vector<std::size_t> counts(column.codes());
    const NumberCells cells = dense_cells(column, table, rows);
    for (const std::uint32_t row : rows) {
        const std::uint32_t code = recurring_code(column.recurring, cells.at(row));
        if (code < counts.size()) ++counts[code];
    }
    return counts;
}

std::vector<double> shares_of(const std::vector<std::size_t>& counts, std::size_t rows) {
    std::vector<double> shares;
    shares.reserve(counts.size());
    for (const std::size_t count : counts)
        shares.push_back(static_cast<double>(count) / static_cast<double>(rows));
    return shares;
}

std::vector<double> mean_inputs(const Table& table, std::span<const std::uint32_t> rows,
                                const ColumnPlan& column) {
    std::vector<float> inputs(column.dense_inputs());
    std::vector<double> means(inputs.size());
    const NumberCells cells = dense_cells(column, table, rows);
    for (const std::uint32_t row : rows) {
        encode_dense(column, cells.at(row), inputs.data());
        for (std::size_t j = 0; j < inputs.size(); ++j) means[j] += inputs[j];
    }
    for (double& mean : means) mean /= static_cast<double>(rows.size());
    return means;
}

}  // namespace

std::vector<std::size_t> code_counts(const Table& table, std::span<const std::uint32_t> rows,
                                     const ColumnPlan& column) {
    const TextCells cells(table.column(column.name));
    const CategoryInputs inputs(column);
    std::vector<std::size_t> counts(column.codes());
    const std::vector<std::size_t> of_texts = cells.counts(rows);
    std::size_t present = 0;
    for (std::size_t text = 0; text < of_texts.size(); ++text) {
        const std::uint32_t code = inputs.find(cells.dictionary()[text]).value_or(inputs.unseen());
        if (code < counts.size()) counts[code] += of_texts[text];
        present += of_texts[text];
    }
    if (inputs.missing() < counts.size()) counts[inputs.missing()] += rows.size() - present;
    return counts;
}

void note_training_means(const Table& table, std::span<const std::uint32_t> rows,
                         std::vector<ColumnPlan>& columns) {
    for (ColumnPlan& column : columns) {
        if (column.treatment == Treatment::time) column.time_means = mean_inputs(table, rows, column);
        if (!has_codes(column)) continue;
        column.code_shares =
            shares_of(column.treatment == Treatment::category ? code_counts(table, rows, column)
                                                              : recurring_counts(table, rows, column),
                      rows.size());
    }
}

}  // namespace thalweg
