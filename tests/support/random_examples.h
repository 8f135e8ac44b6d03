#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "thalweg/network.hpp"

namespace thalweg::test {

/// A sequence of draws; the same seed gives the same test on every machine.
class Draws {
  public:
    explicit Draws(std::uint64_t seed) : random_(seed, RandomStream::sample) {}
    double normal() { return random_.normal(next_++); }
    double uniform() { return random_.uniform(next_++); }
    /// first .. last, both included
    std::size_t between(std::size_t first, std::size_t last) {
        return first + random_.below(next_++, last - first + 1);
    }

  private:
    Random random_;
    std::uint64_t next_ = 0;
};

/// Some of the inputs, the first among them, in up to `most_bins` bins each, which lie around 0.
inline PiecewiseEmbedding draw_piecewise(std::size_t inputs, std::size_t most_bins, std::size_t outputs,
                                         Draws& draws) {
    PiecewiseEmbedding embedding;
    embedding.outputs = outputs;
    for (std::size_t input = 0; input < inputs; ++input) {
        if (input > 0 && draws.between(0, 1) == 1) continue;
        embedding.inputs.push_back(input);
        std::vector<float> edges = {-1.5f};
        for (std::size_t bins = draws.between(1, most_bins); bins > 0; --bins)
            edges.push_back(edges.back() + static_cast<float>(0.02 + draws.uniform() * 6.0 / most_bins));
        embedding.edges.push_back(edges);
    }
    return embedding;
}

/// Some of the inputs that are not among `taken`, with up to `most_codes` codes each.
inline CategoryEmbedding draw_categories(std::size_t inputs, const std::vector<std::size_t>& taken,
                                         std::size_t most_codes, std::size_t outputs, Draws& draws) {
    CategoryEmbedding embedding;
    embedding.outputs = outputs;
    for (std::size_t input = 0; input < inputs; ++input) {
        if (std::ranges::count(taken, input) > 0 || draws.between(0, 1) == 1) continue;
        embedding.inputs.push_back(input);
        embedding.codes.push_back(draws.between(1, most_codes));
    }
    return embedding;
}

template <class Scalar>
void fill_normal(std::span<Scalar> values, double deviation, Draws& draws) {
    for (Scalar& value : values) value = static_cast<Scalar>(deviation * draws.normal());
}

template <class Scalar>
Matrix<Scalar> normal_matrix(std::size_t rows, std::size_t cols, Draws& draws) {
    Matrix<Scalar> matrix(rows, cols);
    fill_normal(matrix.elements(), 1.0, draws);
    return matrix;
}

/// Inputs, and targets of the kind that a loss takes.
template <class Scalar>
struct Examples {
    Matrix<Scalar> inputs;
    Matrix<Scalar> values;
    std::vector<std::uint32_t> classes;
    std::vector<Scalar> example_weights;

    Targets<Scalar> targets() const { return {values.view(), classes, example_weights}; }

    /// `count` examples from `first` on.
    Examples part(std::size_t first, std::size_t count) const {
        Examples result;
        result.inputs = rows_of(inputs, first, count);
        if (values.rows() != 0) result.values = rows_of(values, first, count);
        const auto cut = [&](const auto& from, auto& to) {
            if (!from.empty()) to.assign(from.begin() + first, from.begin() + first + count);
        };
        cut(classes, result.classes);
        cut(example_weights, result.example_weights);
        return result;
    }

  private:
    static Matrix<Scalar> rows_of(const Matrix<Scalar>& from, std::size_t first, std::size_t count) {
        Matrix<Scalar> result(count, from.cols());
        for (std::size_t n = 0; n < count; ++n) std::ranges::copy(from.row(first + n), result.row(n).begin());
        return result;
    }
};

template <class Scalar>
Examples<Scalar> draw_examples(const NetworkShape& shape, Loss loss, std::size_t count, bool weighted,
                               Draws& draws) {
    const std::size_t k = shape.outputs();
    Examples<Scalar> examples;
    examples.inputs = normal_matrix<Scalar>(count, shape.inputs(), draws);
    for (std::size_t j = 0; j < shape.categories.inputs.size(); ++j)  // now and then a code of no category
        for (std::size_t n = 0; n < count; ++n)
            examples.inputs(n, shape.categories.inputs[j]) =
                static_cast<Scalar>(draws.between(0, shape.categories.codes[j]));
    if (loss == Loss::cross_entropy)
        for (std::size_t n = 0; n < count; ++n)
            examples.classes.push_back(static_cast<std::uint32_t>(draws.between(0, k - 1)));
    else
        examples.values = normal_matrix<Scalar>(count, k, draws);
    for (Scalar& value : examples.values.elements()) {
        if (loss == Loss::binary_cross_entropy) value = static_cast<Scalar>(draws.between(0, 2)) / 2;
        if (loss == Loss::poisson || loss == Loss::tweedie) value = static_cast<Scalar>(draws.between(0, 5));
        if (loss == Loss::gamma) value = static_cast<Scalar>(0.1 + draws.uniform() * 5.0);
        if (loss == Loss::mape) value += static_cast<Scalar>(value < 0 ? -0.5 : 0.5);
    }
    for (std::size_t n = 0; weighted && n < count; ++n)
        examples.example_weights.push_back(static_cast<Scalar>(0.2 + draws.uniform()));
    return examples;
}

}  // namespace thalweg::test
