#include "insight/open_categories.h"

#include <algorithm>

namespace thalweg {
namespace {

bool is_code(const NetworkShape& shape, std::size_t input) {
    return std::ranges::binary_search(shape.categories.inputs, input);
}

/// Other inputs first, then the vectors.
std::vector<std::size_t> places_of(const NetworkShape& shape) {
    std::vector<std::size_t> places(shape.inputs());
    std::size_t next = 0;
    for (const bool codes : {false, true})
        for (std::size_t input = 0; input < places.size(); ++input) {
            if (is_code(shape, input) != codes) continue;
            places[input] = next;
            next += codes ? shape.categories.outputs : 1;
        }
    return places;
}

NetworkShape opened_shape(const NetworkShape& shape, const std::vector<std::size_t>& places) {
    NetworkShape opened = shape;
    opened.categories = {};
    opened.scales_categories = false;
    opened.widths.front() = shape.inputs() - shape.categories.inputs.size() + shape.categories.width();
    for (std::size_t& input : opened.periodic.inputs) input = places[input];
    for (std::size_t& input : opened.piecewise.inputs) input = places[input];
    return opened;
}

template <class From, class To>
void copy_matrix(const From& from, To to) {
    for (std::size_t r = 0; r < to.rows; ++r)
        std::ranges::transform(from.row(r), to.row(r).begin(),
                               [](double value) { return static_cast<float>(value); });
}

template <class To>
void copy_vector(std::span<const double> from, To to) {
    std::ranges::transform(from, to.begin(), [](double value) { return static_cast<float>(value); });
}

}  // namespace

OpenCategories::OpenCategories(const Network<double>& network)
    : network_(network), place_(places_of(network.shape())), opened_(opened_shape(network.shape(), place_)) {
    const NetworkShape& shape = network.shape();
    const InputStage<const double> from = std::as_const(network_).input_stage();
    InputStage<float> to = opened_.input_stage();
    copy_matrix(from.frequencies, to.frequencies);
    copy_matrix(from.phases, to.phases);
    copy_matrix(from.projections, to.projections);
    copy_vector(from.offsets, to.offsets);
    copy_matrix(from.slopes, to.slopes);
    copy_matrix(from.intercepts, to.intercepts);
    copy_matrix(from.bin_vectors, to.bin_vectors);
    // What layer 1 read was: kept inputs, embedded numbers, vectors. Now vectors are kept inputs.
    const std::size_t kept = shape.kept(), vectors = shape.categories.width();
    const std::size_t numbers = shape.fan_in(1) - kept - vectors;
    const auto before = [&](std::size_t q) {
        if (q < kept) return q;
        return q < kept + vectors ? q + numbers : q - vectors;
    };
    for (std::size_t q = 0; q < to.scale.size(); ++q)
        to.scale[q] = before(q) < from.scale.size() ? static_cast<float>(from.scale[before(q)]) : 1.0f;
    for (std::size_t i = 1; i <= shape.layers(); ++i) {
        const LayerParameters<const double> layer = std::as_const(network_).layer(i);
        LayerParameters<float> opened = opened_.layer(i);
        for (std::size_t p = 0; p < opened.weights.rows; ++p)
            for (std::size_t q = 0; q < opened.weights.cols; ++q)
                opened.weights(p, q) = static_cast<float>(layer.weights(p, i == 1 ? before(q) : q));
        copy_vector(layer.bias, opened.bias);
        copy_vector(layer.bend, opened.bend);
    }
}

Matrix<float> OpenCategories::open(const Matrix<float>& inputs) const {
    const CategoryEmbedding& categories = network_.shape().categories;
    const MatrixView<const double> vectors = network_.input_stage().category_vectors;
    Matrix<float> opened(inputs.rows(), opened_.shape().inputs());
    for (std::size_t n = 0; n < inputs.rows(); ++n) {
        for (std::size_t input = 0; input < inputs.cols(); ++input)
            if (!is_code(network_.shape(), input)) opened(n, place_[input]) = inputs(n, input);
        std::size_t first = 0;
        for (std::size_t j = 0; j < categories.inputs.size(); ++j) {
            const std::size_t input = categories.inputs[j];
            if (const auto code = categories.code_of(j, inputs(n, input)))
                copy_vector(vectors.row(first + *code),
                            opened.row(n).subspan(place_[input], categories.outputs));
            first += categories.codes[j];
        }
    }
    return opened;
}

InputRange OpenCategories::open(const InputRange& range) const {
    const bool code = is_code(network_.shape(), range.first);
    return {range.column, place_[range.first], code ? network_.shape().categories.outputs : range.count};
}

}  // namespace thalweg
