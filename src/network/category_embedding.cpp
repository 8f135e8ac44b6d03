#include <algorithm>
#include <optional>
#include <vector>

#include "network/embeddings.h"

namespace thalweg {
namespace {

/// The row of an input's code among the vectors of all embedded categories.
std::optional<std::size_t> row_of(const CategoryEmbedding& embedding, std::size_t j, double x) {
    const auto code = embedding.code_of(j, x);
    if (!code) return std::nullopt;
    std::size_t row = *code;
    for (std::size_t i = 0; i < j; ++i) row += embedding.codes[i];
    return row;
}

}  // namespace

template <class Scalar>
void embed_categories(const Network<Scalar>& network, std::span<const Scalar> x, std::span<Scalar> z) {
    const CategoryEmbedding& embedding = network.shape().categories;
    std::ranges::fill(z, Scalar{0});
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
        if (const auto row = row_of(embedding, j, x[embedding.inputs[j]]))
            std::ranges::copy(network.input_stage().category_vectors.row(*row),
                              z.begin() + j * embedding.outputs);
}

template <class Scalar>
void back_propagate_categories(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                               MatrixView<const Scalar> grad_z, Network<Scalar>& gradient) {
    const CategoryEmbedding& embedding = network.shape().categories;
    const MatrixView<Scalar> grad_vectors = gradient.input_stage().category_vectors;
    std::vector<double> sums(grad_vectors.rows * grad_vectors.cols);
    for (std::size_t n = 0; n < inputs.rows(); ++n)
        for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
            if (const auto row = row_of(embedding, j, inputs(n, embedding.inputs[j])))
                for (std::size_t o = 0; o < embedding.outputs; ++o)
                    sums[*row * embedding.outputs + o] += grad_z(n, j * embedding.outputs + o);
    std::ranges::transform(sums, grad_vectors.data, [](double sum) { return static_cast<Scalar>(sum); });
}

#define THALWEG_INSTANTIATE(Scalar)                                                                     \
    template void embed_categories(const Network<Scalar>&, std::span<const Scalar>, std::span<Scalar>); \
    template void back_propagate_categories(const Network<Scalar>&, const Matrix<Scalar>&,              \
                                            MatrixView<const Scalar>, Network<Scalar>&);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
