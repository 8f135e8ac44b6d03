// The register tile: the innermost loop of the product. Included once a target by product.cpp.
#if defined(THALWEG_ENGINE_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_TILE_INL_H
#undef THALWEG_ENGINE_TILE_INL_H
#else
#define THALWEG_ENGINE_TILE_INL_H
#endif

#include <hwy/cache_control.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/fused-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

/// A register tile is some rows of kTileVectors accumulators: at least latency (4) x throughput (2) of the
/// fused multiply-add, and few enough to leave registers for the operands (32 with AVX-512, else 16).
constexpr std::size_t kTileVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;
constexpr std::size_t kTileCols = kTileVectors * kLanes;
/// Rows of a tile that is `vectors` wide: narrow ones are taller.
constexpr std::size_t tile_rows(std::size_t vectors) {
    return vectors == kTileVectors ? 6 : 8;
}
constexpr std::size_t kMostTileRows = 8;

/// Rows of B for each line that a tile fetches of what comes after B.
constexpr std::size_t kStepsOfFetch = 4;

struct TileWork {
    const float* a;
    std::size_t a_row, a_col;
    std::size_t depth;
    const float* b;  ///< `depth` rows of whole vectors, b_row apart
    std::size_t b_row;
    float* c;
    std::size_t c_stride;
    const float* bias;       ///< or nullptr for zero
    bool resume;             ///< C holds the chain so far
    std::size_t last_lanes;  ///< of the last vector that belong to C
    bool relu;               ///< of the whole sums
    const float* kept;       ///< or nullptr: where it is above 0 the sums go on, elsewhere they are 0
    const float* next;       ///< what comes after B, which a fetching tile brings into L2 on the way
    std::size_t next_step;   ///< floats of it for each kStepsOfFetch rows of B
};

/// A loop over a dimension of the register tile, unrolled whole so that the sums never leave their registers.
// NOLINTNEXTLINE(bugprone-macro-parentheses): a name that is declared takes none.
#define THALWEG_UNROLLED(index, count) HWY_UNROLL(16) for (std::size_t index = 0; index < (count); ++index)

/// One register tile. Unless kWhole, the last vector is cut at work.last_lanes.
template <std::size_t kRows, std::size_t kVectors, bool kWhole, bool kFetches>
HWY_INLINE void tile_of(const TileWork& work) {
    constexpr std::size_t kWholeVectors = kWhole ? kVectors : kVectors - 1;
    constexpr std::size_t kLast = kVectors - 1;
    const Tag d;
    const auto in_c = hn::FirstN(d, work.last_lanes);
    float* const c = work.c;
    const std::size_t c_stride = work.c_stride;
    Vector sums[kRows][kVectors];
    if (work.resume) {
        THALWEG_UNROLLED(i, kRows) {
            const float* from = c + i * c_stride;
            THALWEG_UNROLLED(v, kWholeVectors) sums[i][v] = hn::LoadU(d, from + v * kLanes);
            if constexpr (!kWhole) sums[i][kLast] = hn::MaskedLoad(in_c, d, from + kLast * kLanes);
        }
    } else if (work.bias != nullptr) {
        THALWEG_UNROLLED(i, kRows) {
            THALWEG_UNROLLED(v, kWholeVectors) sums[i][v] = hn::LoadU(d, work.bias + v * kLanes);
            if constexpr (!kWhole) sums[i][kLast] = hn::MaskedLoad(in_c, d, work.bias + kLast * kLanes);
        }
    } else {
        THALWEG_UNROLLED(i, kRows) {
            THALWEG_UNROLLED(v, kVectors) sums[i][v] = hn::Zero(d);
        }
    }
    // The tile below comes next; its part of C may be far away.
    THALWEG_UNROLLED(i, kRows) {
        THALWEG_UNROLLED(v, kVectors) hwy::Prefetch(c + (kRows + i) * c_stride + v * kLanes);
    }
    const float* a = work.a;
    const float* b = work.b;
    const std::size_t a_row = work.a_row, a_col = work.a_col, b_row = work.b_row;
    const auto step = [&]() HWY_ATTR {
        Vector row[kVectors];
        THALWEG_UNROLLED(v, kVectors) row[v] = hn::LoadU(d, b + v * kLanes);
        THALWEG_UNROLLED(i, kRows) {
            const Vector broadcast = hn::Set(d, a[i * a_row]);
            THALWEG_UNROLLED(v, kVectors) sums[i][v] = fused_multiply_add(broadcast, row[v], sums[i][v]);
        }
        a += a_col;
        b += b_row;
    };
    std::size_t k = work.depth;
    if constexpr (kFetches) {
        const float* next = work.next;
        for (; k >= kStepsOfFetch; k -= kStepsOfFetch, next += work.next_step) {
            __builtin_prefetch(next, 0, 2);
            THALWEG_UNROLLED(i, kStepsOfFetch) step();
        }
    }
    for (; k != 0; --k) step();
    const Vector zero = hn::Zero(d);
    if (work.relu) {
        THALWEG_UNROLLED(i, kRows) {
            THALWEG_UNROLLED(v, kVectors)
            sums[i][v] = hn::IfThenZeroElse(hn::Le(sums[i][v], zero), sums[i][v]);
        }
    } else if (work.kept != nullptr) {
        const auto slope = [&](Vector h)
                               HWY_ATTR { return hn::IfThenElseZero(hn::Gt(h, zero), hn::Set(d, 1.0f)); };
        THALWEG_UNROLLED(i, kRows) {
            const float* from = work.kept + i * c_stride;
            THALWEG_UNROLLED(v, kWholeVectors)
            sums[i][v] = hn::Mul(sums[i][v], slope(hn::LoadU(d, from + v * kLanes)));
            if constexpr (!kWhole)
                sums[i][kLast] =
                    hn::Mul(sums[i][kLast], slope(hn::MaskedLoad(in_c, d, from + kLast * kLanes)));
        }
    }
    THALWEG_UNROLLED(i, kRows) {
        float* to = c + i * c_stride;
        THALWEG_UNROLLED(v, kWholeVectors) hn::StoreU(sums[i][v], d, to + v * kLanes);
        if constexpr (!kWhole) store_first(work.last_lanes, sums[i][kLast], to + kLast * kLanes);
    }
}

template <std::size_t kRows, std::size_t kVectors>
void tile(const TileWork& work) {
    if (work.last_lanes == kLanes) {
        tile_of<kRows, kVectors, true, false>(work);
    } else {
        tile_of<kRows, kVectors, false, false>(work);
    }
}

/// A tile as wide as can be, which fetches work.next.
template <std::size_t kRows>
void fetching_tile(const TileWork& work) {
    tile_of<kRows, kTileVectors, true, true>(work);
}

using TileFunction = void (*)(const TileWork&);

template <std::size_t kVectors, std::size_t... kRow>
constexpr std::array<TileFunction, kMostTileRows> tiles_of(std::index_sequence<kRow...>) {
    return {
        (kRow < tile_rows(kVectors) ? &tile<std::min(kRow + 1, tile_rows(kVectors)), kVectors> : nullptr)...};
}

template <std::size_t... kVector>
constexpr auto every_tile(std::index_sequence<kVector...>) {
    return std::array{tiles_of<kVector + 1>(std::make_index_sequence<kMostTileRows>())...};
}

template <std::size_t... kRow>
constexpr auto every_fetching_tile(std::index_sequence<kRow...>) {
    return std::array<TileFunction, sizeof...(kRow)>{&fetching_tile<kRow + 1>...};
}

/// [rows - 1]
constexpr auto kFetchingTiles = every_fetching_tile(std::make_index_sequence<tile_rows(kTileVectors)>());
/// [vectors - 1][rows - 1]
constexpr auto kTiles = every_tile(std::make_index_sequence<kTileVectors>());

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
