#include "engine/packed_input_stage.h"

#include <algorithm>

#include "engine/category_embedding.h"
#include "engine/periodic_embedding.h"
#include "engine/piecewise_embedding.h"
#include "engine/sharing.h"

namespace thalweg {

PackedInputStage::PackedInputStage(const NetworkShape& shape)
    : shape_(shape), kept_(shape.kept_inputs()), parameters_(shape.offset(1)), lines_(shape.piecewise) {}

void PackedInputStage::pack(std::span<const float> theta, std::size_t part, std::size_t parts) {
    if (part == 0) std::copy_n(theta.data(), parameters_.size(), parameters_.data());
    engine::find_lines(shape_.piecewise, {shape_, theta.data()},
                       share_of(shape_.piecewise.inputs.size(), 1, part, parts), lines_);
}

void PackedInputStage::embed(MatrixView<const float> inputs, const engine::PeriodicTrace& trace,
                             MatrixView<float> embedded) const {
    for (std::size_t n = 0; n < inputs.rows; ++n)
        for (std::size_t q = 0; q < kept_.size(); ++q) embedded(n, q) = inputs(n, kept_[q]);
    const std::size_t periodic = kept_.size(), piecewise = periodic + shape_.periodic.width();
    const InputStage<const float> stage(shape_, parameters_.data());
    engine::embed_periodic(shape_.periodic, stage, inputs, trace,
                           embedded.col_range(periodic, shape_.periodic.width()));
    engine::embed_piecewise(shape_.piecewise, lines_, inputs,
                            embedded.col_range(piecewise, shape_.piecewise.width()));
    engine::embed_categories(
        shape_.categories, stage.category_vectors, inputs,
        embedded.col_range(piecewise + shape_.piecewise.width(), shape_.categories.width()));
}

}  // namespace thalweg
