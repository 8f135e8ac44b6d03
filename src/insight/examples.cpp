#include "insight/examples.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "model/pair.h"

namespace thalweg {
namespace {

bool has_targets(const Model& model, const Table& table, std::span<const std::uint32_t> rows) {
    return std::ranges::all_of(model.target_coder().targets(), [&](const TargetPlan& target) {
        const Column* column = table.find(target.name);
        return column != nullptr &&
               std::ranges::none_of(rows, [&](std::uint32_t row) { return column->is_missing(row); });
    });
}

/// A target that the loss can take: a probability, a count, an amount above 0, any number but 0.
double target_from(Loss loss, double normal) {
    switch (loss) {
        case Loss::binary_cross_entropy:
            return normal > 0.0 ? 1.0 : 0.0;
        case Loss::poisson:
        case Loss::tweedie:
            return std::floor(2.0 * std::abs(normal));
        case Loss::gamma:
            return 0.1 + std::abs(normal);
        case Loss::mape:
            return normal + (normal < 0.0 ? -0.5 : 0.5);
        default:
            return normal;
    }
}

}  // namespace

std::vector<InputRange> input_ranges(const Preprocessor& preprocessor) {
    std::vector<InputRange> ranges;
    std::size_t input = 0;
    const auto add = [&](const ColumnPlan& column, std::size_t count) {
        if (count > 0) ranges.push_back({column.name, input, count});
        input += count;
    };
    for (const ColumnPlan& column : preprocessor.columns()) add(column, column.dense_inputs());
    for (const ColumnPlan& column : preprocessor.columns()) add(column, column.code_inputs());
    return ranges;
}

PlainExamples plain_examples(const Dataset& dataset, std::span<const std::uint32_t> rows) {
    PlainExamples examples;
    Matrix<float> inputs(rows.size(), dataset.inputs);
    dataset.gather_inputs(rows, inputs);
    examples.inputs = Matrix<double>(rows.size(), dataset.inputs);
    std::ranges::copy(inputs.elements(), examples.inputs.elements().begin());
    if (dataset.values.rows() > 0) {
        examples.values = Matrix<double>(rows.size(), dataset.values.cols());
        for (std::size_t n = 0; n < rows.size(); ++n)
            std::ranges::copy(dataset.values.row(rows[n]), examples.values.row(n).begin());
    }
    if (!dataset.classes.empty())
        for (const std::uint32_t row : rows) examples.classes.push_back(dataset.classes[row]);
    return examples;
}

PlainExamples plain_examples(const Model& model, const Table& table, std::span<const std::uint32_t> rows) {
    Dataset dataset = model.preprocessor().transform(table, rows);
    if (has_targets(model, table, rows)) {
        model.target_coder().encode(table, rows, dataset);
        if (model.target_coder().task() == Task::multiclass && model.loss().loss != Loss::cross_entropy)
            one_hot_targets(dataset, model.target_coder().outputs());
    }
    std::vector<std::uint32_t> all(rows.size());
    for (std::uint32_t n = 0; n < all.size(); ++n) all[n] = n;
    return plain_examples(dataset, all);
}

PlainExamples draw_examples(const NetworkShape& shape, const LossFunction& loss, std::size_t count,
                            std::uint64_t seed) {
    const Random random(seed, RandomStream::sample);
    std::uint64_t next = 0;
    PlainExamples examples;
    examples.inputs = Matrix<double>(count, shape.inputs());
    for (double& input : examples.inputs.elements()) input = random.normal(next++);
    for (std::size_t j = 0; j < shape.categories.inputs.size(); ++j)
        for (std::size_t n = 0; n < count; ++n)
            examples.inputs(n, shape.categories.inputs[j]) =
                static_cast<double>(random.below(next++, shape.categories.codes[j]));
    if (loss.loss == Loss::cross_entropy) {
        for (std::size_t n = 0; n < count; ++n)
            examples.classes.push_back(static_cast<std::uint32_t>(random.below(next++, shape.outputs())));
    } else {
        examples.values = Matrix<double>(count, shape.outputs());
        for (double& value : examples.values.elements())
            value = target_from(loss.loss, random.normal(next++));
    }
    return examples;
}

Matrix<float> in_float(const Matrix<double>& matrix) {
    Matrix<float> result(matrix.rows(), matrix.cols());
    std::ranges::transform(matrix.elements(), result.elements().begin(),
                           [](double value) { return static_cast<float>(value); });
    return result;
}

PlainExamples for_each_member(const PlainExamples& examples, std::size_t members) {
    if (members == 1) return examples;
    const auto repeated = [members](const Matrix<double>& rows) {
        Matrix<double> result(rows.rows() * members, rows.cols());
        for (std::size_t n = 0; n < result.rows(); ++n)
            std::ranges::copy(rows.row(n / members), result.row(n).begin());
        return result;
    };
    PlainExamples result;
    result.inputs = repeated(examples.inputs);
    result.values = repeated(examples.values);
    for (const std::uint32_t of_example : examples.classes)
        result.classes.insert(result.classes.end(), members, of_example);
    return result;
}

}  // namespace thalweg
