// Products of one row. Included once a target by product.cpp.
#if defined(THALWEG_ENGINE_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_ROW_INL_H
#undef THALWEG_ENGINE_ROW_INL_H
#else
#define THALWEG_ENGINE_ROW_INL_H
#endif

#include <algorithm>
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

/// The columns from first_col on, where a packed panel begins, of the only row: panel by panel.
HWY_INLINE void row_panels(const Product& p, std::size_t first_col) {
    TileWork work{};
    work.a = p.a;
    work.a_col = p.a_col;
    work.depth = p.depth;
    work.relu = p.activation == Activation::relu;
    for (std::size_t j = first_col; j < p.cols; j += kTileCols) {
        const std::size_t cols = std::min(kTileCols, p.cols - j);
        const std::size_t vectors = (cols + kLanes - 1) / kLanes;
        work.b = p.packed_b + j * p.depth;
        work.b_row = vectors * kLanes;
        work.c = p.c + j;
        work.bias = p.bias == nullptr ? nullptr : p.bias + j;
        work.last_lanes = cols - (vectors - 1) * kLanes;
        kTiles[vectors - 1][0](work);
    }
}

/// Returns whether the product is one of a prediction's only row.
bool multiply_row(const Product& p) {
    if (p.rows != 1 || p.packed_b == nullptr || p.kept != nullptr) return false;
    std::size_t j = 0;
    for (; j + kRowCols <= p.cols; j += kRowCols) row_tile(p, j);
    row_panels(p, j);
    return true;
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
