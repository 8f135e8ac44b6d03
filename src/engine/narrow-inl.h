// Products of few columns. Included once a target by product.cpp.
#if defined(THALWEG_ENGINE_NARROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_NARROW_INL_H
#undef THALWEG_ENGINE_NARROW_INL_H
#else
#define THALWEG_ENGINE_NARROW_INL_H
#endif

#include <array>
#include <cstddef>
#include <utility>

#include "engine/product.h"
#include "engine/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR
/// Up to this many columns it is rows of C that lie in the lanes: a vector of columns would be mostly empty.
constexpr std::size_t kNarrowCols = kLanes / 2;

/// Lanes 4 g .. 4 g + 3 hold four neighbours of row 4 g of `a`, g = 0, 1, ...
template <std::size_t kCount>
HWY_INLINE auto every_fourth_row(const float* a, std::size_t a_row) {
    const hn::FixedTag<float, kCount> d;
    if constexpr (kCount == 4) {
        return hn::LoadU(d, a);
    } else {
        const auto low = every_fourth_row<kCount / 2>(a, a_row);
        return hn::Combine(d, every_fourth_row<kCount / 2>(a + kCount / 2 * a_row, a_row), low);
    }
}

/// Each 128 bits of four vectors transposed: element j of those of rows[i] and element i of those of rows[j]
/// change places.
template <class D>
HWY_INLINE void transpose_within_blocks(D d, hn::Vec<D> (&rows)[4]) {
    const hn::Repartition<double, D> pairs;
    const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, rows[0], rows[1]));
    const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, rows[2], rows[3]));
    const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, rows[0], rows[1]));
    const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, rows[2], rows[3]));
    rows[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
    rows[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
    rows[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
    rows[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
}

/// columns[k] = element k of each of kLanes rows, k < 4
HWY_INLINE void load_columns(const float* a, std::size_t a_row, Vector (&columns)[4]) {
    THALWEG_UNROLLED(i, 4) columns[i] = every_fourth_row<kLanes>(a + i * a_row, a_row);
    transpose_within_blocks(Tag(), columns);
}

/// kLanes rows of C, from `a` and to `c` on.
template <std::size_t kCols>
void narrow_tile(const Product& p, const float* a, float* c) {
    const Tag d;
    const float* b = p.packed_b;
    Vector sums[kCols];
    THALWEG_UNROLLED(j, kCols) sums[j] = hn::Set(d, p.bias == nullptr ? 0.0f : p.bias[j]);
    const auto add = [&](Vector column) HWY_ATTR {
        THALWEG_UNROLLED(j, kCols) sums[j] = fused_multiply_add(column, hn::Set(d, b[j]), sums[j]);
        b += kLanes;
    };
    std::size_t k = 0;
    for (; k + 4 <= p.depth; k += 4) {
        Vector columns[4];
        load_columns(a + k, p.a_row, columns);
        for (const Vector column : columns) add(column);
    }
    HWY_ALIGN float lanes[kLanes];
    for (; k < p.depth; ++k) {
        for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = a[i * p.a_row + k];
        add(hn::Load(d, lanes));
    }
    THALWEG_UNROLLED(j, kCols) {
        hn::Store(sums[j], d, lanes);
        for (std::size_t i = 0; i < kLanes; ++i) c[i * p.c_stride + j] = lanes[i];
    }
}

template <std::size_t... kCol>
constexpr auto every_narrow_tile(std::index_sequence<kCol...>) {
    return std::array{&narrow_tile<kCol + 1>...};
}
constexpr auto kNarrowTiles = every_narrow_tile(std::make_index_sequence<kNarrowCols>());

/// As many rows as fill tiles; returns how many.
std::size_t multiply_narrow(const Product& p) {
    const bool pays = p.cols <= kNarrowCols && p.packed_b != nullptr && p.a_col == 1 && p.depth >= kLanes;
    if (!pays || p.activation != Activation::linear) return 0;
    std::size_t i = 0;
    for (; i + kLanes <= p.rows; i += kLanes)
        kNarrowTiles[p.cols - 1](p, p.a + i * p.a_row, p.c + i * p.c_stride);
    return i;
}
#else
std::size_t multiply_narrow(const Product&) {
    return 0;
}
#endif

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
