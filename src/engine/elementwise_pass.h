#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/sharing.h"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"

namespace thalweg {

/// What hidden layers learn beside W and b in a training step: the adapters of an ensemble, around the
/// products,
///     z_i = r_i . h_{i-1},  u_i = W_i z_i,  a_i = s_i . u_i + b_i
/// and the bends of parametric activations; and the way back. Rows are pairs of example and member. The
/// gradient of r, s, the members' own b and the bends is summed where the rows are in cache, into slots that
/// the examples are cut into whatever the number of threads, and the slots are summed in their order.
class ElementwisePass {
  public:
    /// For batches of up to `most_examples`; without such parameters it takes no memory. Throws
    /// std::bad_alloc.
    ElementwisePass(const NetworkShape& shape, std::size_t most_examples);

    /// Cuts a batch into slots. Examples are shared among threads in steps of the slots' size.
    void begin(std::size_t examples);
    std::size_t slot_size() const { return slot_size_; }
    /// Of the examples, whole slots, before the first of their rows.
    void clear(Range examples);

    const Matrix<float>& adapted(std::size_t layer) const { return adapted_[layer - 1]; }  ///< z_i
    Matrix<float>& products(std::size_t layer) { return products_[layer - 1]; }            ///< u_i

    /// z_i of `rows`. below: h_{i-1} of these rows, or a row for each of their examples.
    void adapt_inputs(std::span<const float> theta, std::size_t layer, Range rows,
                      MatrixView<const float> below);
    /// a_i of `rows`, from u_i.
    void adapt_outputs(std::span<const float> theta, std::size_t layer, Range rows, MatrixView<float> a);
    /// From grad_{a_i} to grad_{u_i}, in its place.
    void outputs_backward(std::span<const float> theta, std::size_t layer, Range rows,
                          MatrixView<float> grad);
    /// From grad_{z_i} to grad_{h_{i-1}}, in its place; `below` as for adapt_inputs.
    void inputs_backward(std::span<const float> theta, std::size_t layer, Range rows,
                         MatrixView<const float> below, MatrixView<float> grad);

    /// From grad_{h_i} to grad_{a_i}, in its place, where neurons bend.
    void bends_backward(std::span<const float> theta, std::size_t layer, Range rows,
                        MatrixView<const float> a, MatrixView<float> grad);

    /// True where something is summed in slots.
    bool has_slots() const { return slots_.rows() != 0; }
    /// Part `part` of `parts` of the gradient of what is summed in slots.
    void sum_slots(std::size_t part, std::size_t parts, std::span<float> gradient) const;

  private:
    /// Where a layer's parameters stand in a slot, in the order of theta.
    struct Places {
        std::size_t bias = 0;
        std::size_t inputs = 0;
        std::size_t outputs = 0;
        std::size_t bends = 0;
        std::size_t end = 0;
    };

    /// work(slot, part) for the slots that `rows` fall into; part: which of the rows do.
    template <class Work>
    void for_slots(Range rows, const Work& work);

    const NetworkShape& shape_;
    std::vector<Places> places_;           ///< [i-1], hidden layers
    std::vector<Matrix<float>> adapted_;   ///< [i-1]
    std::vector<Matrix<float>> products_;  ///< [i-1]
    Matrix<float> slots_;
    std::size_t slot_size_ = 1;  ///< examples
    std::size_t used_slots_ = 0;
};

}  // namespace thalweg
