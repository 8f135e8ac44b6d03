#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "data/cells.h"
#include "data/column_encoder.h"
#include "data/recurring_values.h"
#include "thalweg/preprocessor.hpp"

namespace thalweg {
namespace {

/// Rows that are encoded column by column before the next ones: their inputs stay in cache.
constexpr std::size_t kTile = 256;
constexpr std::size_t kMostExamples = 3;

void check_columns(const Table& table, const std::vector<ColumnPlan>& columns) {
    std::vector<std::string> absent;
    for (const ColumnPlan& column : columns)
        if (column.treatment != Treatment::dropped && table.find(column.name) == nullptr)
            absent.push_back(column.name);
    if (absent.empty()) return;
    const std::vector<std::string> known = table.names();
    std::string message;
    for (const std::string& name : absent) {
        message += fmt::format("{}'{}'", message.empty() ? "" : ", ", name);
        const std::string nearest = nearest_name(name, known);
        if (!nearest.empty()) message += fmt::format(" (did you mean '{}'?)", nearest);
    }
    throw Error(ErrorKind::data,
                fmt::format("{}: the model needs {} that the table does not have: {}", table.source(),
                            absent.size() == 1 ? "a column" : "columns", message));
}

/// Encodes the cells of one column of numbers or times.
class DenseEncoder {
  public:
    DenseEncoder(const ColumnPlan& plan, NumberCells cells, std::size_t first)
        : plan_(&plan), cells_(std::move(cells)), first_(first) {}

    void encode(std::span<const std::uint32_t> rows, MatrixView<float> dense) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const double value = cells_.at(rows[i]);
            encode_dense(*plan_, value, &dense(i, first_));
            if (!std::isfinite(value)) ++missing_;
        }
    }

    /// Missing cells, unless training had some too.
    ColumnReport report() const { return {plan_->name, plan_->missing == 0 ? missing_ : 0, 0, {}}; }

  private:
    const ColumnPlan* plan_;
    NumberCells cells_;
    std::size_t first_;
    std::size_t missing_ = 0;
};

/// Encodes the cells of one categorical column: a table from code to input, looked up row by row.
class CategoryEncoder {
  public:
    CategoryEncoder(const ColumnPlan& plan, const Column& column) : plan_(&plan), cells_(column) {
        const CategoryInputs inputs(plan);
        missing_input_ = inputs.missing();
        for (const std::string& text : cells_.dictionary()) {
            const auto input = inputs.find(text);
            input_of_code_.push_back(input.value_or(inputs.unseen()));
            unseen_.push_back(input ? 0 : 1);
        }
    }

    void encode(std::span<const std::uint32_t> rows, std::size_t block, MatrixView<std::uint32_t> codes) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::uint32_t code = cells_.code(rows[i]);
            const bool missing = code >= input_of_code_.size();
            codes(i, block) = missing ? missing_input_ : input_of_code_[code];
            if (missing)
                ++missing_cells_;
            else if (unseen_[code] != 0)
                note_unseen(code);
        }
    }

    ColumnReport report() const {
        return {plan_->name, plan_->missing == 0 ? missing_cells_ : 0, unseen_cells_, examples_};
    }

  private:
    void note_unseen(std::uint32_t code) {
        ++unseen_cells_;
        if (examples_.size() == kMostExamples) return;
        const std::string& text = cells_.dictionary()[code];
        if (std::find(examples_.begin(), examples_.end(), text) == examples_.end()) examples_.push_back(text);
    }

    const ColumnPlan* plan_;
    TextCells cells_;
    std::vector<std::uint32_t> input_of_code_;
    std::vector<std::uint8_t> unseen_;
    std::uint32_t missing_input_;
    std::size_t missing_cells_ = 0;
    std::size_t unseen_cells_ = 0;
    std::vector<std::string> examples_;
};

/// Finds the cells of one column of numbers among its recurring values.
class RecurringEncoder {
  public:
    RecurringEncoder(const ColumnPlan& plan, NumberCells cells) : plan_(&plan), cells_(std::move(cells)) {}

    void encode(std::span<const std::uint32_t> rows, std::size_t block,
                MatrixView<std::uint32_t> codes) const {
        for (std::size_t i = 0; i < rows.size(); ++i)
            codes(i, block) = recurring_code(plan_->recurring, cells_.at(rows[i]));
    }

  private:
    const ColumnPlan* plan_;
    NumberCells cells_;
};

/// The encoders of a table's columns, each with its place among the inputs. Column reports in plan order.
class TableEncoder {
  public:
    TableEncoder(const std::vector<ColumnPlan>& plans, const Table& table,
                 std::span<const std::uint32_t> rows)
        : rows_(rows) {
        for (const ColumnPlan& plan : plans) {
            if (has_codes(plan)) blocks_.push_back(block_of(plan, 0));
            if (plan.treatment == Treatment::category)
                category_.push_back({blocks_.size() - 1, {plan, table.column(plan.name)}});
            if (!is_dense(plan)) continue;
            const NumberCells cells = dense_cells(plan, table, rows);
            if (has_codes(plan)) recurring_.push_back({blocks_.size() - 1, {plan, cells}});
            dense_.emplace_back(plan, cells, numbers_);
            numbers_ += plan.dense_inputs();
        }
    }

    void encode(Dataset& dataset) {
        dataset.dense = Matrix<float>(rows_.size(), numbers_);
        dataset.codes = Matrix<std::uint32_t>(rows_.size(), blocks_.size());
        dataset.blocks = blocks_;
        std::size_t next_input = numbers_;
        for (CategoryBlock& block : dataset.blocks) {
            block.first_input = next_input;
            next_input += block.width();
        }
        for (std::size_t first = 0; first < rows_.size(); first += kTile) {
            const std::size_t count = std::min(kTile, rows_.size() - first);
            const auto tile = rows_.subspan(first, count);
            for (DenseEncoder& encoder : dense_)
                encoder.encode(tile, dataset.dense.view().row_range(first, count));
            const MatrixView<std::uint32_t> codes = dataset.codes.view().row_range(first, count);
            for (auto& [block, encoder] : category_) encoder.encode(tile, block, codes);
            for (const auto& [block, encoder] : recurring_) encoder.encode(tile, block, codes);
        }
    }

    /// What was unlike training, in the order of the plans.
    std::vector<ColumnReport> report(const std::vector<ColumnPlan>& plans) const {
        std::vector<ColumnReport> reports;
        auto dense = dense_.begin();
        auto category = category_.begin();
        for (const ColumnPlan& plan : plans) {
            if (plan.treatment == Treatment::dropped) continue;
            ColumnReport report = is_dense(plan) ? (dense++)->report() : (category++)->encoder.report();
            if (report.missing > 0 || report.unseen > 0) reports.push_back(std::move(report));
        }
        return reports;
    }

  private:
    template <class Encoder>
    struct OfBlock {
        std::size_t block;
        Encoder encoder;
    };

    std::span<const std::uint32_t> rows_;
    std::size_t numbers_ = 0;
    std::vector<DenseEncoder> dense_;
    std::vector<CategoryBlock> blocks_;  ///< in the order of the plans, all from input 0 on
    std::vector<OfBlock<CategoryEncoder>> category_;
    std::vector<OfBlock<RecurringEncoder>> recurring_;
};

}  // namespace

Dataset Preprocessor::transform(const Table& table, std::span<const std::uint32_t> rows,
                                std::vector<ColumnReport>* report) const {
    check_columns(table, columns_);
    Dataset dataset;
    dataset.rows = rows.size();
    dataset.inputs = inputs_;
    TableEncoder encoder(columns_, table, rows);
    encoder.encode(dataset);
    if (report != nullptr) *report = encoder.report(columns_);
    return dataset;
}

}  // namespace thalweg
