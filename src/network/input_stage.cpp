#include "network/input_stage.h"

#include "network/embeddings.h"
#include "network/layer_matrix.h"

namespace thalweg {
namespace {

/// grad_s, summed over the examples, and grad_e = s . grad_{h_0} in place of grad_{h_0}.
template <class Scalar>
void back_propagate_scale(std::span<const Scalar> scale, const Matrix<Scalar>& embedded, Matrix<Scalar>& grad,
                          std::span<Scalar> grad_scale) {
    for (std::size_t q = 0; q < scale.size(); ++q) {
        double sum = 0.0;
        for (std::size_t n = 0; n < grad.rows(); ++n) {
            sum += double{grad(n, q)} * embedded(n, q);
            grad(n, q) *= scale[q];
        }
        grad_scale[q] = static_cast<Scalar>(sum);
    }
}

}  // namespace

template <class Scalar>
Matrix<Scalar> embed(const Network<Scalar>& network, const Matrix<Scalar>& inputs) {
    const NetworkShape& shape = network.shape();
    const std::vector<std::size_t> kept = shape.kept_inputs();
    Matrix<Scalar> embedded = make_matrix<Scalar>(inputs.rows(), shape.fan_in(1));
    for (std::size_t n = 0; n < inputs.rows(); ++n) {
        const std::span<const Scalar> x = inputs.row(n);
        for (std::size_t q = 0; q < kept.size(); ++q) embedded(n, q) = x[kept[q]];
        std::span<Scalar> rest = embedded.row(n).subspan(kept.size());
        embed_periodic<Scalar>(network, x, rest.first(shape.periodic.width()));
        rest = rest.subspan(shape.periodic.width());
        embed_piecewise<Scalar>(network, x, rest.first(shape.piecewise.width()));
        embed_categories<Scalar>(network, x, rest.subspan(shape.piecewise.width()));
    }
    return embedded;
}

template <class Scalar>
Matrix<Scalar> scale_inputs(const Network<Scalar>& network, const Matrix<Scalar>& embedded) {
    const std::span<const Scalar> scale = network.input_stage().scale;
    Matrix<Scalar> scaled = make_matrix<Scalar>(embedded.rows(), embedded.cols());
    for (std::size_t n = 0; n < embedded.rows(); ++n)
        for (std::size_t q = 0; q < embedded.cols(); ++q)
            scaled(n, q) = q < scale.size() ? scale[q] * embedded(n, q) : embedded(n, q);
    return scaled;
}

template <class Scalar>
Matrix<Scalar> back_propagate_input_stage(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                          const Matrix<Scalar>& grad_h0, Network<Scalar>& gradient) {
    const NetworkShape& shape = network.shape();
    const std::vector<std::size_t> kept = shape.kept_inputs();
    Matrix<Scalar> grad_e = grad_h0;
    back_propagate_scale<Scalar>(network.input_stage().scale, trace.embedded, grad_e,
                                 gradient.input_stage().scale);

    Matrix<Scalar> grad_x = make_matrix<Scalar>(grad_e.rows(), shape.inputs());
    for (std::size_t n = 0; n < grad_e.rows(); ++n)
        for (std::size_t q = 0; q < kept.size(); ++q) grad_x(n, kept[q]) = grad_e(n, q);
    const MatrixView<const Scalar> grad_periodic =
        grad_e.view().col_range(kept.size(), shape.periodic.width());
    const MatrixView<const Scalar> grad_piecewise =
        grad_e.view().col_range(kept.size() + shape.periodic.width(), shape.piecewise.width());
    back_propagate_periodic<Scalar>(network, trace.inputs, grad_periodic, gradient, grad_x);
    back_propagate_piecewise<Scalar>(network, trace.inputs, grad_piecewise, gradient, grad_x);
    const std::size_t categories = shape.categories.width();
    back_propagate_categories<Scalar>(
        network, trace.inputs, grad_e.view().col_range(shape.fan_in(1) - categories, categories), gradient);
    return grad_x;
}

#define THALWEG_INSTANTIATE(Scalar)                                                                  \
    template Matrix<Scalar> embed(const Network<Scalar>&, const Matrix<Scalar>&);                    \
    template Matrix<Scalar> scale_inputs(const Network<Scalar>&, const Matrix<Scalar>&);             \
    template Matrix<Scalar> back_propagate_input_stage(const Network<Scalar>&, const Trace<Scalar>&, \
                                                       const Matrix<Scalar>&, Network<Scalar>&);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
