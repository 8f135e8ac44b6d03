#include "insight/parameter_blocks.h"

#include <fmt/format.h>

namespace thalweg {
namespace {

/// Takes up the views of a network's parts in their order.
class BlockList {
  public:
    void add(const std::string& name, MatrixView<const float> part) { add(name, part.rows, part.cols); }
    void add(const std::string& name, std::span<const float> part) { add(name, 1, part.size()); }
    std::vector<ParameterBlock> take() { return std::move(blocks_); }

  private:
    void add(const std::string& name, std::size_t rows, std::size_t cols) {
        if (rows * cols == 0) return;
        blocks_.push_back({name, next_, rows, cols});
        next_ += rows * cols;
    }

    std::vector<ParameterBlock> blocks_;
    std::size_t next_ = 0;
};

}  // namespace

std::string ParameterBlock::name_of(std::size_t index) const {
    if (rows == 1) return fmt::format("{}[{}]", name, index + 1);
    return fmt::format("{}[{},{}]", name, index / cols + 1, index % cols + 1);
}

std::vector<ParameterBlock> parameter_blocks(const NetworkShape& shape) {
    // Only the sizes of the views are read, so none of the parameters need be there.
    const InputStage<const float> stage(shape, nullptr);
    BlockList blocks;
    blocks.add("f", stage.frequencies);
    blocks.add("p", stage.phases);
    blocks.add("V", stage.projections);
    blocks.add("c", stage.offsets);
    blocks.add("w", stage.slopes);
    blocks.add("c (bins)", stage.intercepts);
    blocks.add("v (bins)", stage.bin_vectors);
    blocks.add("v (categories)", stage.category_vectors);
    blocks.add("s", stage.scale);
    for (std::size_t i = 1; i <= shape.layers(); ++i) {
        const LayerParameters<const float> layer(shape, i, nullptr);
        blocks.add(fmt::format("W_{}", i), layer.weights);
        blocks.add(fmt::format("b_{}", i), layer.bias);
        blocks.add(fmt::format("r_{}", i), layer.input_adapter);
        blocks.add(fmt::format("s_{}", i), layer.output_adapter);
        blocks.add(fmt::format("bend_{}", i), layer.bend);
    }
    return blocks.take();
}

}  // namespace thalweg
