#include "engine/product.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "thalweg/matrix.hpp"

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/fused-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {
/// A register tile is kTileRows x kTileVectors accumulators: at least latency (4) x throughput (2) of the
/// fused multiply-add, and few enough to leave registers for the operands (32 with AVX-512, else 16).
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;
constexpr std::size_t kTileCols = kTileVectors * kLanes;
/// Rows of B packed at a time: a panel of 256 x 64 floats is 64 KiB, a small part of L2.
constexpr std::size_t kDepthBlock = 256;

/// Copies rows first_k .. first_k+depth of kTileCols columns of B, zeros where B ends.
HWY_INLINE void pack_panel(const Product& p, std::size_t first_k, std::size_t depth, std::size_t first_col,
                           std::size_t cols, float* panel) {
    const float* b = p.b + first_k * p.b_row + first_col * p.b_col;
    for (std::size_t k = 0; k < depth; ++k, b += p.b_row, panel += kTileCols) {
        if (p.b_col == 1) {
            std::memcpy(panel, b, cols * sizeof(float));
        } else {
            for (std::size_t j = 0; j < cols; ++j) panel[j] = b[j * p.b_col];
        }
        std::fill(panel + cols, panel + kTileCols, 0.0f);
    }
}

/// c += A panel for kRows rows of A; c holds the chain so far.
template <std::size_t kRows>
HWY_INLINE void tile(const float* a, std::size_t a_row, std::size_t a_col, std::size_t depth,
                     const float* HWY_RESTRICT panel, float* HWY_RESTRICT c, std::size_t c_stride) {
    const Tag d;
    Vector sums[kRows][kTileVectors];
    for (std::size_t i = 0; i < kRows; ++i)
        for (std::size_t v = 0; v < kTileVectors; ++v)
            sums[i][v] = hn::LoadU(d, c + i * c_stride + v * kLanes);
    for (std::size_t k = 0; k < depth; ++k) {
        Vector b[kTileVectors];
        for (std::size_t v = 0; v < kTileVectors; ++v) b[v] = hn::Load(d, panel + k * kTileCols + v * kLanes);
        for (std::size_t i = 0; i < kRows; ++i) {
            const Vector broadcast = hn::Set(d, a[i * a_row + k * a_col]);
            for (std::size_t v = 0; v < kTileVectors; ++v)
                sums[i][v] = fused_multiply_add(broadcast, b[v], sums[i][v]);
        }
    }
    for (std::size_t i = 0; i < kRows; ++i)
        for (std::size_t v = 0; v < kTileVectors; ++v)
            hn::StoreU(sums[i][v], d, c + i * c_stride + v * kLanes);
}

HWY_INLINE void tile_of(std::size_t rows, const float* a, std::size_t a_row, std::size_t a_col,
                        std::size_t depth, const float* panel, float* c, std::size_t c_stride) {
    switch (rows) {
        case 6:
            return tile<6>(a, a_row, a_col, depth, panel, c, c_stride);
        case 5:
            return tile<5>(a, a_row, a_col, depth, panel, c, c_stride);
        case 4:
            return tile<4>(a, a_row, a_col, depth, panel, c, c_stride);
        case 3:
            return tile<3>(a, a_row, a_col, depth, panel, c, c_stride);
        case 2:
            return tile<2>(a, a_row, a_col, depth, panel, c, c_stride);
        default:
            return tile<1>(a, a_row, a_col, depth, panel, c, c_stride);
    }
}

/// A panel narrower than a tile works on a copy of C, so that nothing beyond C is read or written.
HWY_INLINE void narrow_tile(std::size_t rows, std::size_t cols, const float* a, std::size_t a_row,
                            std::size_t a_col, std::size_t depth, const float* panel, float* c,
                            std::size_t c_stride) {
    HWY_ALIGN float copy[kTileRows * kTileCols] = {};
    for (std::size_t i = 0; i < rows; ++i)
        std::memcpy(copy + i * kTileCols, c + i * c_stride, cols * sizeof(float));
    tile_of(rows, a, a_row, a_col, depth, panel, copy, kTileCols);
    for (std::size_t i = 0; i < rows; ++i)
        std::memcpy(c + i * c_stride, copy + i * kTileCols, cols * sizeof(float));
}

void start_at_bias(const Product& p) {
    for (std::size_t i = 0; i < p.rows; ++i) {
        float* row = p.c + i * p.c_stride;
        if (p.bias != nullptr) {
            std::memcpy(row, p.bias, p.cols * sizeof(float));
        } else {
            std::fill_n(row, p.cols, 0.0f);
        }
    }
}

/// One thread's share, by panels of B that stay in L2 while A passes by.
void multiply_share(const Product& p) {
    HWY_ALIGN static thread_local float panel[kDepthBlock * kTileCols];
    start_at_bias(p);
    for (std::size_t k = 0; k < p.depth; k += kDepthBlock) {
        const std::size_t depth = std::min(kDepthBlock, p.depth - k);
        for (std::size_t j = 0; j < p.cols; j += kTileCols) {
            const std::size_t cols = std::min(kTileCols, p.cols - j);
            pack_panel(p, k, depth, j, cols, panel);
            for (std::size_t i = 0; i < p.rows; i += kTileRows) {
                const std::size_t rows = std::min(kTileRows, p.rows - i);
                const float* a = p.a + i * p.a_row + k * p.a_col;
                float* c = p.c + i * p.c_stride + j;
                if (cols == kTileCols) {
                    tile_of(rows, a, p.a_row, p.a_col, depth, panel, c, p.c_stride);
                } else {
                    narrow_tile(rows, cols, a, p.a_row, p.a_col, depth, panel, c, p.c_stride);
                }
            }
        }
    }
}

const char* target_name() {
    return hwy::TargetName(HWY_TARGET);
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg {
namespace {

HWY_EXPORT(multiply_share);
HWY_EXPORT(target_name);

/// Below this a thread's share takes less time than handing it over (some 5 microseconds).
constexpr std::size_t kLeastWorkPerThread = std::size_t{1} << 19;
constexpr std::size_t kColumnStep = 64;

Product row_share(const Product& p, std::size_t first, std::size_t count) {
    Product share = p;
    share.rows = count;
    share.a += first * p.a_row;
    share.c += first * p.c_stride;
    return share;
}

Product column_share(const Product& p, std::size_t first, std::size_t count) {
    Product share = p;
    share.cols = count;
    share.b += first * p.b_col;
    share.c += first;
    if (p.bias != nullptr) share.bias += first;
    return share;
}

}  // namespace

void multiply(const Product& p, Team& team) {
    const std::size_t work = p.rows * p.depth * p.cols;
    const std::size_t threads = std::clamp<std::size_t>(work / kLeastWorkPerThread, 1, team.size());
    // Columns apart, nobody packs a panel twice; a narrow product is cut by rows.
    const bool by_columns = p.cols >= kColumnStep * threads;
    const std::size_t length = by_columns ? p.cols : p.rows;
    const std::size_t step = by_columns ? kColumnStep : 6;
    const std::size_t steps = (length + step - 1) / step;
    team.run(threads, [&](std::size_t thread) {
        const std::size_t first = std::min(length, steps * thread / threads * step);
        const std::size_t last = std::min(length, steps * (thread + 1) / threads * step);
        if (first == last) return;
        HWY_DYNAMIC_DISPATCH(multiply_share)
        (by_columns ? column_share(p, first, last - first) : row_share(p, first, last - first));
    });
}

std::string product_target() {
    return HWY_DYNAMIC_DISPATCH(target_name)();
}

}  // namespace thalweg
#endif
