#include "engine/category_embedding.h"

#include <algorithm>

namespace thalweg::engine {
namespace {

/// Calls visit(j, first row of its vectors) for some embedded inputs.
template <class Visitor>
void for_each_category(const CategoryEmbedding& embedding, Range categories, const Visitor& visit) {
    std::size_t first_vector = 0;
    for (std::size_t j = 0; j < categories.last; ++j) {
        if (j >= categories.first) visit(j, first_vector);
        first_vector += embedding.codes[j];
    }
}

}  // namespace

void embed_categories(const CategoryEmbedding& embedding, MatrixView<const float> vectors,
                      MatrixView<const float> inputs, MatrixView<float> z) {
    for_each_category(embedding, {0, embedding.inputs.size()}, [&](std::size_t j, std::size_t first_vector) {
        for (std::size_t n = 0; n < inputs.rows; ++n) {
            float* to = z.row(n).data() + j * embedding.outputs;
            const auto code = embedding.code_of(j, inputs(n, embedding.inputs[j]));
            if (code) {
                std::copy_n(vectors.row(first_vector + *code).data(), embedding.outputs, to);
            } else {
                std::fill_n(to, embedding.outputs, 0.0f);
            }
        }
    });
}

void category_gradient(const CategoryEmbedding& embedding, MatrixView<const float> inputs,
                       MatrixView<const float> grad_z, Range categories, MatrixView<float> gradient) {
    for_each_category(embedding, categories, [&](std::size_t j, std::size_t first_vector) {
        std::fill_n(gradient.row(first_vector).data(), embedding.codes[j] * embedding.outputs, 0.0f);
        for (std::size_t n = 0; n < inputs.rows; ++n) {
            const auto code = embedding.code_of(j, inputs(n, embedding.inputs[j]));
            if (!code) continue;
            const float* from = grad_z.row(n).data() + j * embedding.outputs;
            float* to = gradient.row(first_vector + *code).data();
            for (std::size_t o = 0; o < embedding.outputs; ++o) to[o] += from[o];
        }
    });
}

}  // namespace thalweg::engine
