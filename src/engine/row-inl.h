// Products of one row. Included once a target by product.cpp.
#if defined(THALWEG_ENGINE_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_ROW_INL_H
#undef THALWEG_ENGINE_ROW_INL_H
#else
#define THALWEG_ENGINE_ROW_INL_H
#endif

#include <cstddef>

#include "engine/product.h"
#include "engine/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

/// A tile of one row has too few sums to hide how long each waits for its last: so many panels side by side
/// have eight, latency (4) x throughput (2) of the fused multiply-add.
constexpr std::size_t kRowPanels = 8 / kTileVectors;
constexpr std::size_t kRowCols = kRowPanels * kTileCols;

/// The columns of kRowPanels packed panels, from first_col on, of the only row.
HWY_INLINE void row_tile(const Product& p, std::size_t first_col) {
    const Tag d;
    const std::size_t panel = p.depth * kTileCols;
    const float* b = p.packed_b + p.depth * first_col;
    Vector sums[kRowPanels][kTileVectors];
    THALWEG_UNROLLED(j, kRowPanels) {
        THALWEG_UNROLLED(v, kTileVectors)
        sums[j][v] =
            p.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, p.bias + first_col + j * kTileCols + v * kLanes);
    }
    for (std::size_t k = 0; k < p.depth; ++k, b += kTileCols) {
        const Vector broadcast = hn::Set(d, p.a[k * p.a_col]);
        THALWEG_UNROLLED(j, kRowPanels) {
            THALWEG_UNROLLED(v, kTileVectors)
            sums[j][v] = fused_multiply_add(broadcast, hn::LoadU(d, b + j * panel + v * kLanes), sums[j][v]);
        }
    }
    if (p.activation == Activation::relu) {
        THALWEG_UNROLLED(j, kRowPanels) {
            THALWEG_UNROLLED(v, kTileVectors)
            sums[j][v] = hn::IfThenZeroElse(hn::Le(sums[j][v], hn::Zero(d)), sums[j][v]);
        }
    }
    THALWEG_UNROLLED(j, kRowPanels) {
        THALWEG_UNROLLED(v, kTileVectors)
        hn::StoreU(sums[j][v], d, p.c + first_col + j * kTileCols + v * kLanes);
    }
}

/// As many columns of a prediction's only row as fill such tiles; returns how many.
std::size_t multiply_row(const Product& p) {
    if (p.rows != 1 || p.packed_b == nullptr || p.kept != nullptr) return 0;
    std::size_t j = 0;
    for (; j + kRowCols <= p.cols; j += kRowCols) row_tile(p, j);
    return j;
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
