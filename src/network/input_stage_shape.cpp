#include "network/input_stage_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "network/behind.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// Widths of an embedding beyond this are a slip of the keyboard; below it no product of them overflows.
constexpr std::size_t kMostEmbeddingWidth = 1 << 16;

void check_width(std::size_t width) {
    if (width == 0 || width > kMostEmbeddingWidth)
        throw Error(
            ErrorKind::usage,
            fmt::format(
                "an embedding's frequencies, bins, codes and outputs must be between 1 and {}: got {}",
                kMostEmbeddingWidth, width));
}

void check_embedded_inputs(const std::vector<std::size_t>& embedded, std::size_t inputs) {
    for (std::size_t j = 0; j < embedded.size(); ++j) {
        if (embedded[j] >= inputs)
            throw Error(
                ErrorKind::usage,
                fmt::format("input {} cannot be embedded: the network has {} inputs", embedded[j], inputs));
        if (j > 0 && embedded[j] <= embedded[j - 1])
            throw Error(ErrorKind::usage, "the inputs to embed must be given once each, in ascending order");
    }
}

/// So far apart that a share of the bin between them can be computed: the engine takes less than the least
/// normal number for 0.
bool ascend(float low, float high) {
    return std::isfinite(low) && std::isfinite(high) && std::isfinite(high - low) &&
           high - low >= std::numeric_limits<float>::min();
}

void check_edges(const PiecewiseEmbedding& embedding) {
    if (embedding.edges.size() != embedding.inputs.size())
        throw Error(ErrorKind::usage,
                    fmt::format("{} inputs are embedded in bins, and edges are given for {}",
                                embedding.inputs.size(), embedding.edges.size()));
    for (std::size_t j = 0; j < embedding.edges.size(); ++j) {
        const std::vector<float>& edges = embedding.edges[j];
        check_width(edges.empty() ? 0 : edges.size() - 1);
        if (std::ranges::adjacent_find(edges, [](float a, float b) { return !ascend(a, b); }) != edges.end())
            throw Error(ErrorKind::usage,
                        fmt::format("the edges of the bins of input {} do not ascend", embedding.inputs[j]));
    }
}

void check_categories(const CategoryEmbedding& embedding) {
    if (embedding.codes.size() != embedding.inputs.size())
        throw Error(ErrorKind::usage,
                    fmt::format("{} inputs are embedded as categories, and the codes of {} are counted",
                                embedding.inputs.size(), embedding.codes.size()));
    for (const std::size_t codes : embedding.codes) check_width(codes);
    if (!embedding.inputs.empty()) check_width(embedding.outputs);
}

bool contains(const std::vector<std::size_t>& inputs, std::size_t input) {
    return std::ranges::binary_search(inputs, input);
}

}  // namespace

std::size_t PiecewiseEmbedding::bins() const {
    std::size_t count = 0;
    for (const std::vector<float>& of_input : edges) count += of_input.size() - 1;
    return count;
}

std::size_t CategoryEmbedding::vectors() const {
    return std::accumulate(codes.begin(), codes.end(), std::size_t{0});
}

void check_input_stage(const NetworkShape& shape) {
    const PeriodicEmbedding& periodic = shape.periodic;
    check_embedded_inputs(periodic.inputs, shape.inputs());
    if (!periodic.inputs.empty()) check_width(periodic.frequencies), check_width(periodic.outputs);
    const PiecewiseEmbedding& piecewise = shape.piecewise;
    check_embedded_inputs(piecewise.inputs, shape.inputs());
    check_edges(piecewise);
    if (!piecewise.inputs.empty()) check_width(piecewise.outputs);
    const CategoryEmbedding& categories = shape.categories;
    check_embedded_inputs(categories.inputs, shape.inputs());
    check_categories(categories);
    for (const std::size_t input : categories.inputs)
        if (contains(piecewise.inputs, input) || contains(periodic.inputs, input))
            throw Error(ErrorKind::usage,
                        fmt::format("input {} cannot be both a number and a category", input));
}

std::vector<std::size_t> NetworkShape::kept_inputs() const {
    std::vector<std::size_t> inputs_kept;
    for (std::size_t input = 0; input < inputs(); ++input)
        if (!contains(piecewise.inputs, input) && !contains(categories.inputs, input))
            inputs_kept.push_back(input);
    return inputs_kept;
}

std::size_t NetworkShape::kept() const {
    return inputs() - piecewise.inputs.size() - categories.inputs.size();
}

std::size_t input_stage_parameters(const NetworkShape& shape) {
    const PeriodicEmbedding& periodic = shape.periodic;
    const PiecewiseEmbedding& piecewise = shape.piecewise;
    return periodic.angles() * (2 + periodic.outputs) + periodic.width() + 2 * piecewise.width() +
           piecewise.bins() * piecewise.outputs + shape.categories.vectors() * shape.categories.outputs +
           shape.scaled();
}

template <class Scalar>
InputStage<Scalar>::InputStage(const NetworkShape& shape, Scalar* theta) {
    const auto take = [&](std::size_t rows, std::size_t cols) {
        const MatrixView<Scalar> taken(theta, rows, cols);
        theta = behind(theta, rows * cols);
        return taken;
    };
    const auto take_span = [&](std::size_t size) { return std::span<Scalar>(take(1, size).data, size); };
    const PeriodicEmbedding& periodic = shape.periodic;
    frequencies = take(periodic.inputs.size(), periodic.frequencies);
    phases = take(periodic.inputs.size(), periodic.frequencies);
    projections = take(periodic.width(), periodic.frequencies);
    offsets = take_span(periodic.width());
    const PiecewiseEmbedding& piecewise = shape.piecewise;
    slopes = take(piecewise.inputs.size(), piecewise.outputs);
    intercepts = take(piecewise.inputs.size(), piecewise.outputs);
    bin_vectors = take(piecewise.bins(), piecewise.outputs);
    category_vectors = take(shape.categories.vectors(), shape.categories.outputs);
    scale = take_span(shape.scaled());
}

template struct InputStage<float>;
template struct InputStage<const float>;
template struct InputStage<double>;
template struct InputStage<const double>;

}  // namespace thalweg
