#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/activation.hpp"
#include "thalweg/choice.hpp"
#include "thalweg/input_stage.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg {

/// Which hidden layers of an ensemble are adapted to each member: all of them (TabM), or what the first one
/// reads (TabM-mini).
enum class Adapters { all, first };

template <>
struct ChoiceTable<Adapters> {
    static constexpr std::string_view noun = "adapters";
    static constexpr std::pair<Adapters, std::string_view> entries[] = {
        {Adapters::all, "all"},
        {Adapters::first, "first"},
    };
};

/// An ensemble of networks in one, which share the weights of all hidden layers: member m computes
///     a_i = s_i . (W_i (r_i . h_{i-1})) + b_i
/// with r_i, s_i and b_i of its own in every hidden layer, or with r_1 alone; its output layer shares
/// nothing. Row n of a batch is read by member n mod `count`. Source: Gorishniy et al. 2024 (TabM), after
/// Wen et al. 2020 (BatchEnsemble).
struct Members {
    std::size_t count = 1;  ///< 1: a single network, without adapters
    Adapters adapters = Adapters::all;
    bool operator==(const Members&) const = default;
};

/// The description of a network without its parameters: n_0 .. n_L, g and O, what stands before layer 1, and
/// how many members there are.
struct NetworkShape {
    std::vector<std::size_t> widths;  ///< n_0 .. n_L, at least two, all above 0
    Activation activation = Activation::relu;
    Output output = Output::linear;
    PeriodicEmbedding periodic = {};
    PiecewiseEmbedding piecewise = {};
    CategoryEmbedding categories = {};
    bool input_scale = false;        ///< layer 1 reads s . h, with a learned factor for all but categories
    bool scales_categories = false;  ///< and, where there is a scale, for the categories' vectors too
    Members members = {};
    /// Hidden neurons learn how far their activation bends: h = a + bend . (g(a) - a), from bend = 1, which
    /// is g, to 0, a line, and beyond. Source: the parametric activations of Holzmueller et al. 2024
    /// (RealMLP).
    bool parametric = false;

    std::size_t layers() const { return widths.size() - 1; }  ///< L
    std::size_t inputs() const { return widths.front(); }
    std::size_t outputs() const { return widths.back(); }
    /// What layer 1 reads as it is, ascending: every input but those that an embedding stands in place of. A
    /// periodic embedding stands beside its numbers, a piecewise one and that of categories in their place.
    std::vector<std::size_t> kept_inputs() const;
    std::size_t kept() const;  ///< how many those are
    bool embeds_numbers() const { return !periodic.inputs.empty() || !piecewise.inputs.empty(); }
    /// True where layer 1 reads an embedding.
    bool embeds() const { return embeds_numbers() || !categories.inputs.empty(); }
    /// What layer `layer` reads: n_{layer-1}; layer 1 the kept inputs and then what is embedded.
    std::size_t fan_in(std::size_t layer) const;
    /// How many inputs of layer 1 have a learned factor: the first ones, where there is a scale.
    std::size_t scaled() const {
        return input_scale ? fan_in(1) - (scales_categories ? 0 : categories.width()) : 0;
    }
    /// True where h_0 is not x itself.
    bool has_input_stage() const { return embeds() || input_scale; }
    bool is_ensemble() const { return members.count > 1; }
    /// True where each member has r, or s and b, of its own.
    bool adapts_inputs(std::size_t layer) const;
    bool adapts_outputs(std::size_t layer) const;
    /// How many W and b a layer has: one for each member in the output layer; b also where outputs are
    /// adapted.
    std::size_t weight_copies(std::size_t layer) const { return layer == layers() ? members.count : 1; }
    std::size_t bias_copies(std::size_t layer) const;
    bool bends(std::size_t layer) const { return parametric && layer < layers(); }
    /// Elements of all W of a layer, and of all b.
    std::size_t weight_size(std::size_t layer) const;
    std::size_t bias_size(std::size_t layer) const { return bias_copies(layer) * widths[layer]; }
    /// Parameters before layer `layer` (1 .. L+1) in theta: those of the input stage, then for each layer
    /// W, b, r, s and bend, as far as it has them.
    std::size_t offset(std::size_t layer) const;
    std::size_t parameters() const { return offset(layers() + 1); }
    /// Throws Error{usage}: fewer than two widths, a width of 0, inputs to embed that are not there, no
    /// members or members without a hidden layer, or more parameters than memory can address.
    void check() const;
    bool operator==(const NetworkShape&) const = default;
};

/// The parameters of a layer, as views into theta in this order.
template <class Scalar>
struct LayerParameters {
    MatrixView<Scalar> weights;  ///< W_i, n_i x fan_in(i); of an ensemble's output layer W_L of each member,
                                 ///< one below the other
    std::span<Scalar> bias;      ///< b_i, or that of each member, one after the other
    MatrixView<Scalar> input_adapter;   ///< r_i of each member, members x fan_in(i); or no rows
    MatrixView<Scalar> output_adapter;  ///< s_i of each member, members x n_i; or no rows
    std::span<Scalar> bend;             ///< of the n_i neurons; or empty

    LayerParameters(const NetworkShape& shape, std::size_t layer, Scalar* theta);
};

/// A feed-forward network: its shape and all its parameters in one flat, aligned vector theta.
/// Layers are numbered 1 .. L as in theory.md; W_i is n_i x fan_in(i), row-major; b_i has n_i entries; of an
/// ensemble see LayerParameters.
template <class Scalar>
class Network {
  public:
    Network() = default;
    /// All parameters zero. Throws Error{usage} (see NetworkShape::check), Error{io} if memory cannot be had.
    explicit Network(NetworkShape shape);

    const NetworkShape& shape() const { return shape_; }
    std::size_t layers() const { return shape_.layers(); }
    std::span<Scalar> theta() { return theta_; }
    std::span<const Scalar> theta() const { return theta_; }
    LayerParameters<Scalar> layer(std::size_t i) { return {shape_, i, theta_.data()}; }
    LayerParameters<const Scalar> layer(std::size_t i) const { return {shape_, i, theta_.data()}; }
    MatrixView<Scalar> weights(std::size_t i) { return layer(i).weights; }
    MatrixView<const Scalar> weights(std::size_t i) const { return layer(i).weights; }
    std::span<Scalar> bias(std::size_t i) { return layer(i).bias; }
    std::span<const Scalar> bias(std::size_t i) const { return layer(i).bias; }
    InputStage<Scalar> input_stage() { return {shape_, theta_.data()}; }
    InputStage<const Scalar> input_stage() const { return {shape_, theta_.data()}; }

  private:
    NetworkShape shape_;
    AlignedVector<Scalar> theta_;
};

/// Weights drawn to fit the activation, biases zero. relu-like: He; tanh-like: Glorot; selu, and the output
/// layer: LeCun. Of a periodic embedding: frequencies normal with deviation `frequency_scale`, phases uniform
/// on a turn, V and c uniform within 1/sqrt(frequencies); of a piecewise one: w and c uniform within
/// 1/sqrt(outputs), v zero; vectors of categories normal; scales 1. The draws are made in double and depend
/// on (seed, layer, element) alone. Bends are 1. Of an ensemble (see Members): weights and biases uniform
/// within 1/sqrt(fan_in), the same b for all members of a hidden layer; r and s 1, but r_1, which sets the
/// members apart, random signs, or normal where numbers are embedded, and the same for all inputs of layer 1
/// that come from one of `features` (the number of its feature for each of the n_0 inputs; empty:
/// each is its own).
template <class Scalar>
void initialise(Network<Scalar>& network, std::uint64_t seed, double frequency_scale = 1.0,
                std::span<const std::size_t> features = {});

/// Hidden weights normal with deviation 1/sqrt(fan_in), their biases standard normal, an output layer of
/// zeros; what stands before layer 1 as `initialise` has it. Not for ensembles. Source: RealMLP-TD-S of
/// Holzmueller et al. 2024, whose weights are those here times the root of the fan-in.
template <class Scalar>
void initialise_normal(Network<Scalar>& network, std::uint64_t seed, double frequency_scale = 1.0);

/// Everything that forward propagation computes, kept to be looked at and for the way back. Of an ensemble,
/// row n is that of member n mod members.count.
template <class Scalar>
struct Trace {
    std::vector<Matrix<Scalar>> pre_activations;  ///< [i-1] is a_i, N x n_i, 1 <= i <= L
    std::vector<Matrix<Scalar>> activations;  ///< [i] is h_i, N x n_i, 0 <= i <= L; [0] is x, [L] is y_hat
    Matrix<Scalar> inputs;                    ///< x, N x n_0; empty where h_0 is x
    Matrix<Scalar> embedded;  ///< what layer 1 reads before its scale, N x fan_in(1); empty where h_0 is x

    const Matrix<Scalar>& logits() const { return pre_activations.back(); }
    const Matrix<Scalar>& y_hat() const { return activations.back(); }
};

/// The gradient of the mean loss with respect to everything (theory.md, section 3).
template <class Scalar>
struct Gradient {
    double loss = 0.0;
    Network<Scalar> parameters;                   ///< same shape as the network: grad_W_i, grad_b_i
    std::vector<Matrix<Scalar>> pre_activations;  ///< [i-1] is grad_{a_i}, a row for each example
    Matrix<Scalar> inputs;                        ///< grad_x, N x n_0; empty unless asked for
    std::span<const Scalar> theta() const { return parameters.theta(); }
};

/// a_i = b_i + W_i h_{i-1}, h_i = g(a_i) (or a_i + bend_i . (g(a_i) - a_i)), y_hat = O(a_L). inputs: N x n_0;
/// an ensemble takes a row for each pair of example and member. Throws Error{data} if the width differs, or
/// members are left over.
template <class Scalar>
Trace<Scalar> forward_propagation(const Network<Scalar>& network, MatrixView<const Scalar> inputs);

/// The closed form of theory.md, section 3. The trace comes from forward_propagation on the same network.
template <class Scalar>
Gradient<Scalar> back_propagation(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                  const Targets<Scalar>& targets, const LossFunction& loss,
                                  bool with_input_gradient = false);

/// The same from grad_{a_L}, for a loss of one's own: N x k, a row for each example. The loss is not told.
/// Throws Error{data} where the size differs from that of the logits.
template <class Scalar>
Gradient<Scalar> back_propagation(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                  Matrix<Scalar> grad_logits, bool with_input_gradient = false);

}  // namespace thalweg
