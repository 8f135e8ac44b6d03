#include "network/members.h"

#include <algorithm>

#include "network/dense_layer.h"

namespace thalweg {
namespace {

/// Row n of the values times row n mod k of the adapter; the values themselves where there is none.
template <class Scalar>
Matrix<Scalar> adapted(MatrixView<const Scalar> adapter, Matrix<Scalar> values) {
    if (adapter.rows == 0) return values;
    for (std::size_t n = 0; n < values.rows(); ++n)
        for (std::size_t j = 0; j < values.cols(); ++j) values(n, j) *= adapter(n % adapter.rows, j);
    return values;
}

/// The rows of member m.
template <class Scalar>
Matrix<Scalar> rows_of(std::size_t m, std::size_t members, const Matrix<Scalar>& all) {
    Matrix<Scalar> own = make_matrix<Scalar>(all.rows() / members, all.cols());
    for (std::size_t n = 0; n < own.rows(); ++n)
        std::ranges::copy(all.row(n * members + m), own.row(n).begin());
    return own;
}

template <class Scalar>
void put_rows_of(std::size_t m, std::size_t members, const Matrix<Scalar>& own, Matrix<Scalar>& all) {
    for (std::size_t n = 0; n < own.rows(); ++n)
        std::ranges::copy(own.row(n), all.row(n * members + m).begin());
}

/// The part of a layer's parameters that is member m's: all of them where the members share them.
template <class Scalar>
MatrixView<Scalar> weights_of(std::size_t m, std::size_t copies, MatrixView<Scalar> weights) {
    return copies == 1 ? weights : weights.row_range(m * (weights.rows / copies), weights.rows / copies);
}
template <class Scalar>
std::span<Scalar> bias_of(std::size_t m, std::size_t copies, std::span<Scalar> bias) {
    return copies == 1 ? bias : bias.subspan(m * (bias.size() / copies), bias.size() / copies);
}

/// sums(m) = a . b, summed over the rows of member m.
template <class Scalar>
void sum_products(const Matrix<Scalar>& a, const Matrix<Scalar>& b, MatrixView<Scalar> sums) {
    for (std::size_t m = 0; m < sums.rows; ++m)
        for (std::size_t j = 0; j < sums.cols; ++j) {
            double sum = 0.0;
            for (std::size_t n = m; n < a.rows(); n += sums.rows) sum += double{a(n, j)} * double{b(n, j)};
            sums(m, j) = static_cast<Scalar>(sum);
        }
}

/// u_i = W_i z_i
template <class Scalar>
Matrix<Scalar> products_of(const Network<Scalar>& network, std::size_t layer, const Matrix<Scalar>& z) {
    const std::size_t members = network.shape().members.count;
    const std::size_t copies = network.shape().weight_copies(layer);
    if (copies == 1) return affine<Scalar>({}, network.weights(layer), z);
    Matrix<Scalar> u = make_matrix<Scalar>(z.rows(), network.shape().widths[layer]);
    for (std::size_t m = 0; m < members; ++m)
        put_rows_of(m, members,
                    affine<Scalar>({}, weights_of(m, copies, network.weights(layer)), rows_of(m, members, z)),
                    u);
    return u;
}

/// From grad_{u_i} to grad_{W_i} and grad_{z_i}, which is returned.
template <class Scalar>
Matrix<Scalar> back_propagate_products(const Network<Scalar>& network, std::size_t layer,
                                       const Matrix<Scalar>& z, const Matrix<Scalar>& grad_u,
                                       Network<Scalar>& gradient) {
    const std::size_t members = network.shape().members.count;
    const std::size_t copies = network.shape().weight_copies(layer);
    if (copies == 1) {
        sum_outer_products(grad_u, z, gradient.weights(layer));
        return transposed_product(network.weights(layer), grad_u);
    }
    Matrix<Scalar> grad_z = make_matrix<Scalar>(z.rows(), z.cols());
    for (std::size_t m = 0; m < members; ++m) {
        const Matrix<Scalar> own = rows_of(m, members, grad_u);
        sum_outer_products(own, rows_of(m, members, z), weights_of(m, copies, gradient.weights(layer)));
        put_rows_of(m, members, transposed_product(weights_of(m, copies, network.weights(layer)), own),
                    grad_z);
    }
    return grad_z;
}

template <class Scalar>
void sum_biases(const Network<Scalar>& network, std::size_t layer, const Matrix<Scalar>& grad_a,
                std::span<Scalar> grad_bias) {
    const std::size_t members = network.shape().members.count;
    const std::size_t copies = network.shape().bias_copies(layer);
    if (copies == 1) return sum_rows(grad_a, grad_bias);
    for (std::size_t m = 0; m < members; ++m)
        sum_rows(rows_of(m, members, grad_a), bias_of(m, copies, grad_bias));
}

}  // namespace

template <class Scalar>
Matrix<Scalar> member_pre_activations(const Network<Scalar>& network, std::size_t layer,
                                      const Matrix<Scalar>& below) {
    const std::size_t copies = network.shape().bias_copies(layer);
    Matrix<Scalar> a = adapted<Scalar>(
        network.layer(layer).output_adapter,
        products_of(network, layer, adapted<Scalar>(network.layer(layer).input_adapter, below)));
    for (std::size_t n = 0; n < a.rows(); ++n) {
        const std::span<const Scalar> bias = bias_of(n % copies, copies, network.bias(layer));
        for (std::size_t p = 0; p < a.cols(); ++p) a(n, p) += bias[p];
    }
    return a;
}

template <class Scalar>
Matrix<Scalar> back_propagate_member_layer(const Network<Scalar>& network, std::size_t layer,
                                           const Matrix<Scalar>& below, const Matrix<Scalar>& grad_a,
                                           Network<Scalar>& gradient) {
    const NetworkShape& shape = network.shape();
    const Matrix<Scalar> z = adapted<Scalar>(network.layer(layer).input_adapter, below);
    sum_biases<Scalar>(network, layer, grad_a, gradient.bias(layer));
    if (shape.adapts_outputs(layer))
        sum_products(grad_a, products_of(network, layer, z), gradient.layer(layer).output_adapter);
    const Matrix<Scalar> grad_u = adapted<Scalar>(network.layer(layer).output_adapter, grad_a);
    const Matrix<Scalar> grad_z = back_propagate_products(network, layer, z, grad_u, gradient);
    if (shape.adapts_inputs(layer)) sum_products(grad_z, below, gradient.layer(layer).input_adapter);
    return adapted<Scalar>(network.layer(layer).input_adapter, grad_z);
}

#define THALWEG_INSTANTIATE(Scalar)                                                                   \
    template Matrix<Scalar> member_pre_activations(const Network<Scalar>&, std::size_t,               \
                                                   const Matrix<Scalar>&);                            \
    template Matrix<Scalar> back_propagate_member_layer(const Network<Scalar>&, std::size_t,          \
                                                        const Matrix<Scalar>&, const Matrix<Scalar>&, \
                                                        Network<Scalar>&);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
