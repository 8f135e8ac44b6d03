#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg {

// What may stand between the inputs of a network and its layer 1 (theory.md, "Before layer 1").

/// A periodic embedding of numbers: beside x_j itself, layer 1 reads
///     z_j = V_j cos(2 pi f_j x_j + p_j) + c_j
/// of each embedded input, with f_j, p_j of `frequencies` entries and z_j, c_j of `outputs`; all are learned
/// and no two inputs share any. Source: "PBLD" of Holzmueller et al. 2024, after Gorishniy et al. 2022.
struct PeriodicEmbedding {
    std::vector<std::size_t> inputs;  ///< which of the n_0, ascending; empty: none
    std::size_t frequencies = 16;
    std::size_t outputs = 3;

    std::size_t angles() const { return inputs.size() * frequencies; }
    std::size_t width() const { return inputs.size() * outputs; }  ///< of all z_j
    bool operator==(const PeriodicEmbedding&) const = default;
};

/// A piecewise-linear embedding of numbers: in place of x_j, layer 1 reads
///     z_j = w_j x_j + c_j + sum over the bins t of e_t(x_j) v_jt
/// of each embedded input, a curve in `outputs` dimensions that bends at the edges b_0 < b_1 < ... of the
/// bins: e_t(x) = (x - b_{t-1}) / (b_t - b_{t-1}), cut to [0, 1] but below the first bin and above the last.
/// w_j, c_j and v_jt are learned and no two inputs share any; the edges are fixed. Source: version "B" of
/// Gorishniy et al. 2025 (TabM), after Gorishniy et al. 2022.
struct PiecewiseEmbedding {
    std::vector<std::size_t> inputs;        ///< which of the n_0, ascending; empty: none
    std::vector<std::vector<float>> edges;  ///< of each embedded input, ascending, two at least
    std::size_t outputs = 16;

    std::size_t bins() const;                                      ///< of all inputs
    std::size_t width() const { return inputs.size() * outputs; }  ///< of all z_j
    bool operator==(const PiecewiseEmbedding&) const = default;
};

/// An embedding of categories: in place of a code x_j, layer 1 reads the learned vector of that code, of
/// `outputs` entries, and zeros where x_j is none of the codes 0, 1, ... No scale multiplies it.
struct CategoryEmbedding {
    std::vector<std::size_t> inputs;  ///< which of the n_0 hold a code, ascending; empty: none
    std::vector<std::size_t> codes;   ///< how many codes each of them has
    std::size_t outputs = 8;

    std::size_t vectors() const;                                   ///< of all inputs
    std::size_t width() const { return inputs.size() * outputs; }  ///< of all vectors of an example
    /// The code that embedded input j spells with `x`: the nearest whole number.
    std::optional<std::size_t> code_of(std::size_t j, double x) const {
        if (x <= -0.5 || x >= static_cast<double>(codes[j]) - 0.5) return std::nullopt;
        const double below = std::floor(x);
        return static_cast<std::size_t>(x - below < 0.5 ? below : below + 1);
    }
    bool operator==(const CategoryEmbedding&) const = default;
};

struct NetworkShape;

/// The parameters of what stands before layer 1, as views into theta in this order. Those of a part that is
/// not there are empty.
template <class Scalar>
struct InputStage {
    MatrixView<Scalar> frequencies;       ///< periodic: f_j in row j, one row for each embedded input
    MatrixView<Scalar> phases;            ///< p_j
    MatrixView<Scalar> projections;       ///< V_j in rows j outputs .. (j+1) outputs
    std::span<Scalar> offsets;            ///< c_j, one after the other
    MatrixView<Scalar> slopes;            ///< piecewise: w_j in row j
    MatrixView<Scalar> intercepts;        ///< c_j
    MatrixView<Scalar> bin_vectors;       ///< v_jt, a row for each bin of the first input, of the second, ...
    MatrixView<Scalar> category_vectors;  ///< a row for each code of the first input, of the second, ...
    std::span<Scalar> scale;              ///< s, of everything that layer 1 reads but the categories' vectors

    InputStage(const NetworkShape& shape, Scalar* theta);
};

}  // namespace thalweg
