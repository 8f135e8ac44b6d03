// Products with the bfloat16 instructions of AVX-512, which Highway does not know yet. The shape of the work
// is that of product.cpp; a "word" is a pair of bfloat16, the element of the earlier k in its lower half.
#include "engine/bf16_product.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

#include <algorithm>
#include <array>
#include <utility>

#include "thalweg/matrix.hpp"

// The compiler's own header reads a vector that it means to leave undefined.
HWY_DIAGNOSTICS(push)
#if HWY_COMPILER_GCC_ACTUAL
HWY_DIAGNOSTICS_OFF(disable : 4700, ignored "-Wmaybe-uninitialized")
#endif
HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")
namespace thalweg::bf16_native {
namespace {

using Word = std::uint32_t;

constexpr std::size_t kLanes = 16;
constexpr std::size_t kTileVectors = 4;
constexpr std::size_t kTileCols = kTileVectors * kLanes;
/// Rows of a tile that is `vectors` wide: narrow ones are taller.
constexpr std::size_t tile_rows(std::size_t vectors) {
    return vectors == kTileVectors ? 6 : 12;
}
constexpr std::size_t kMostTileRows = 12;
/// Pairs passed at a time, and rows of A: as much memory as in product.cpp.
constexpr std::size_t kPairsBlock = 512;
constexpr std::size_t kRowBlock = 144;
/// From row to row of a block of A: a line more, or the rows would share a few sets of the cache.
constexpr std::size_t kBlockStride = kPairsBlock + kLanes;

constexpr std::size_t round_up(std::size_t value, std::size_t step) {
    return (value + step - 1) / step * step;
}

__mmask16 first_lanes(std::size_t count) {
    return static_cast<__mmask16>(count >= kLanes ? 0xFFFFu : (1u << count) - 1u);
}

/// Up to 32 numbers side by side as words.
__m512i words_along(const float* from, std::size_t count) {
    const __m512 low = _mm512_maskz_loadu_ps(first_lanes(count), from);
    const __m512 high = count <= kLanes ? _mm512_setzero_ps()
                                        : _mm512_maskz_loadu_ps(first_lanes(count - kLanes), from + kLanes);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/// The words of up to 16 columns of two rows; without a second row its numbers are 0.
__m512i words_across(const float* row, const float* next, std::size_t count) {
    const __mmask16 lanes = first_lanes(count);
    const __m512 first = _mm512_maskz_loadu_ps(lanes, row);
    const __m512 second = next == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(lanes, next);
    const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    alignas(64) static constexpr std::uint16_t kInterleaved[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                                   21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                                   11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return _mm512_permutexvar_epi16(_mm512_load_si512(kInterleaved), halves);
}

/// Element (i, k) of an operand at data[i * row + k * col], and its end.
struct Operand {
    const float* data;
    std::size_t row, col;
    std::size_t rows, depth;

    Operand part(std::size_t first_row, std::size_t count, std::size_t first_k, std::size_t ks) const {
        return {data + first_row * row + first_k * col, row, col, count, ks};
    }
};

/// to[i * stride + t] takes pair t of row i, for an operand whose rows lie together.
void pack_along(const Operand& from, Word* to, std::size_t stride) {
    for (std::size_t i = 0; i < from.rows; ++i)
        for (std::size_t k = 0; k < from.depth; k += 2 * kLanes)
            _mm512_mask_storeu_epi32(to + i * stride + k / 2, first_lanes((from.depth - k + 1) / 2),
                                     words_along(from.data + i * from.row + k, from.depth - k));
}

/// to[t * stride + i] takes pair t of row i, for an operand whose columns lie together; up to the next
/// multiple of 16 the rows are filled with zeros.
void pack_across(const Operand& from, Word* to, std::size_t stride) {
    for (std::size_t k = 0; k < from.depth; k += 2, to += stride) {
        const float* row = from.data + k * from.col;
        const bool has_next = k + 1 < from.depth;
        for (std::size_t i = 0; i < from.rows; i += kLanes)
            _mm512_storeu_si512(
                to + i, words_across(row + i, has_next ? row + from.col + i : nullptr, from.rows - i));
    }
}

/// Rows become columns of 16 vectors of words.
void transpose_words(__m512i (&v)[kLanes]) {
    __m512i t[kLanes];
    for (std::size_t i = 0; i < kLanes; i += 2) {
        t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (std::size_t i = 0; i < kLanes; i += 4) {
        v[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        v[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        v[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        v[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        t[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0xDD);
        t[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0xDD);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        v[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        v[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
        v[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        v[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xDD);
    }
}

/// As pack_across, for an operand whose rows lie together.
void pack_transposed(const Operand& from, Word* to, std::size_t stride) {
    for (std::size_t i0 = 0; i0 < from.rows; i0 += kLanes)
        for (std::size_t k = 0; k < from.depth; k += 2 * kLanes) {
            __m512i block[kLanes] = {};
            for (std::size_t i = 0; i < std::min(kLanes, from.rows - i0); ++i)
                block[i] = words_along(from.data + (i0 + i) * from.row + k, from.depth - k);
            transpose_words(block);
            for (std::size_t t = 0; t < std::min(kLanes, (from.depth - k + 1) / 2); ++t)
                _mm512_storeu_si512(to + (k / 2 + t) * stride + i0, block[t]);
        }
}

/// As pack_across, for any operand.
void pack_scattered(const Operand& from, Word* to, std::size_t stride) {
    for (std::size_t k = 0; k < from.depth; k += 2, to += stride)
        for (std::size_t i = 0; i < round_up(from.rows, kLanes); ++i) {
            const auto half = [&](std::size_t at) {
                const bool inside = i < from.rows && at < from.depth;
                return inside ? rounded_to_bf16(from.data[i * from.row + at * from.col]) : 0u;
            };
            to[i] = (half(k) >> 16) | half(k + 1);
        }
}

/// Some columns of B as panels read them: a row of whole vectors for each pair.
void pack_panel(const Operand& columns, Word* to, std::size_t width) {
    if (columns.row == 1) return pack_across(columns, to, width);
    if (columns.col == 1) return pack_transposed(columns, to, width);
    pack_scattered(columns, to, width);
}

/// Element (i, t) of packed words at data[i * row + t * col].
struct Block {
    const Word* data;
    std::size_t row, col;
};

Block pack_block(const Operand& rows, Word* to) {
    if (rows.col == 1) {
        pack_along(rows, to, kBlockStride);
        return {to, kBlockStride, 1};
    }
    if (rows.row == 1) {
        pack_across(rows, to, kRowBlock);
    } else {
        pack_scattered(rows, to, kRowBlock);
    }
    return {to, 1, kRowBlock};
}

struct TileWork {
    Block a;
    std::size_t pairs;
    const Word* b;
    std::size_t b_row;
    float* c;
    std::size_t c_stride;
    const float* bias;  ///< or nullptr for zero
    bool resume;        ///< C holds the chain so far
    __mmask16 last;     ///< lanes of the last vector that belong to C
};

// NOLINTNEXTLINE(bugprone-macro-parentheses): a name that is declared takes none.
#define THALWEG_UNROLLED(index, count) HWY_UNROLL(16) for (std::size_t index = 0; index < (count); ++index)

template <std::size_t kRows, std::size_t kVectors>
void tile(const TileWork& work) {
    constexpr std::size_t kLast = kVectors - 1;
    const __mmask16 last = work.last;
    float* const c = work.c;
    const std::size_t c_stride = work.c_stride;
    __m512 sums[kRows][kVectors];
    if (work.resume || work.bias != nullptr) {
        const float* start = work.resume ? c : work.bias;
        const std::size_t start_stride = work.resume ? c_stride : 0;
        THALWEG_UNROLLED(i, kRows) {
            const float* from = start + i * start_stride;
            THALWEG_UNROLLED(v, kLast) sums[i][v] = _mm512_loadu_ps(from + v * kLanes);
            sums[i][kLast] = _mm512_maskz_loadu_ps(last, from + kLast * kLanes);
        }
    } else {
        THALWEG_UNROLLED(i, kRows) {
            THALWEG_UNROLLED(v, kVectors) sums[i][v] = _mm512_setzero_ps();
        }
    }
    // The tile below comes next; its part of C may be far away.
    THALWEG_UNROLLED(i, kRows) {
        THALWEG_UNROLLED(v, kVectors)
        _mm_prefetch(reinterpret_cast<const char*>(c + (kRows + i) * c_stride + v * kLanes), _MM_HINT_T0);
    }
    const Word* a = work.a.data;
    const Word* b = work.b;
    const std::size_t a_row = work.a.row, a_col = work.a.col, b_row = work.b_row;
    for (std::size_t t = work.pairs; t != 0; --t, a += a_col, b += b_row) {
        __m512bh row[kVectors];
        THALWEG_UNROLLED(v, kVectors) row[v] = (__m512bh)_mm512_loadu_si512(b + v * kLanes);
        THALWEG_UNROLLED(i, kRows) {
            const auto broadcast = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[i * a_row]));
            THALWEG_UNROLLED(v, kVectors) sums[i][v] = _mm512_dpbf16_ps(sums[i][v], broadcast, row[v]);
        }
    }
    THALWEG_UNROLLED(i, kRows) {
        float* to = c + i * c_stride;
        THALWEG_UNROLLED(v, kLast) _mm512_storeu_ps(to + v * kLanes, sums[i][v]);
        _mm512_mask_storeu_ps(to + kLast * kLanes, last, sums[i][kLast]);
    }
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

/// [vectors - 1][rows - 1]
constexpr auto kTiles = every_tile(std::make_index_sequence<kTileVectors>());

/// All rows of a block of A with one panel of B.
void multiply_panel(TileWork work, std::size_t rows, std::size_t cols) {
    const std::size_t vectors = round_up(cols, kLanes) / kLanes;
    work.last = first_lanes(cols - (vectors - 1) * kLanes);
    const std::size_t strip = tile_rows(vectors);
    for (std::size_t i = 0; i < rows; i += strip) {
        kTiles[vectors - 1][std::min(strip, rows - i) - 1](work);
        work.a.data += strip * work.a.row;
        work.c += strip * work.c_stride;
    }
}

/// Memory that grows once and stays with the thread.
Word* thread_buffer(std::size_t words, std::size_t which) {
    static thread_local AlignedVector<Word> buffers[2];
    if (buffers[which].size() < words) buffers[which].resize(words);
    return buffers[which].data();
}

Operand rows_of_a(const Product& p) {
    return {p.a, p.a_row, p.a_col, p.rows, p.depth};
}

Operand columns_of_b(const Product& p) {
    return {p.b, p.b_col, p.b_row, p.cols, p.depth};
}

/// Ks passed at a time: blocks of much the same size, of whole pairs, none beyond kPairsBlock of them.
std::size_t depth_step(std::size_t depth) {
    constexpr std::size_t kMost = 2 * kPairsBlock;
    const std::size_t blocks = std::max<std::size_t>((depth + kMost - 1) / kMost, 1);
    return std::max<std::size_t>(round_up((depth + blocks - 1) / blocks, 2), 2);
}

}  // namespace

void multiply(const Product& p) {
    const std::size_t step = depth_step(p.depth);
    Word* copied = thread_buffer(kRowBlock * kBlockStride, 0);
    Word* panels = p.packed_b == nullptr ? thread_buffer(step / 2 * round_up(p.cols, kTileCols), 1) : nullptr;
    const auto* packed = reinterpret_cast<const Word*>(p.packed_b);
    const std::size_t all_pairs = (p.depth + 1) / 2;
    // A product of no depth is its bias.
    std::size_t k = 0;
    do {
        const std::size_t depth = std::min(step, p.depth - k), pairs = (depth + 1) / 2;
        for (std::size_t i = 0; i < p.rows; i += kRowBlock) {
            const std::size_t rows = std::min(kRowBlock, p.rows - i);
            const Block block = pack_block(rows_of_a(p).part(i, rows, k, depth), copied);
            for (std::size_t j = 0; j < p.cols; j += kTileCols) {
                const std::size_t cols = std::min(kTileCols, p.cols - j), width = round_up(cols, kLanes);
                TileWork work{};
                work.b_row = width;
                if (packed != nullptr) {
                    work.b = packed + j * all_pairs + k / 2 * width;
                } else {
                    Word* panel = panels + j * (step / 2);
                    if (i == 0) pack_panel(columns_of_b(p).part(j, cols, k, depth), panel, width);
                    work.b = panel;
                }
                work.a = block;
                work.pairs = pairs;
                work.c = p.c + i * p.c_stride + j;
                work.c_stride = p.c_stride;
                work.bias = p.bias == nullptr ? nullptr : p.bias + j;
                work.resume = k > 0;
                multiply_panel(work, rows, cols);
            }
        }
        k += depth;
    } while (k < p.depth);
}

void pack(const Product& p, std::size_t first_col, std::size_t last_col, float* packed) {
    auto* words = reinterpret_cast<Word*>(packed);
    const std::size_t all_pairs = (p.depth + 1) / 2;
    for (std::size_t j = first_col; j < last_col; j += kTileCols) {
        const std::size_t cols = std::min(kTileCols, last_col - j);
        pack_panel(columns_of_b(p).part(j, cols, 0, p.depth), words + j * all_pairs, round_up(cols, kLanes));
    }
}

}  // namespace thalweg::bf16_native
HWY_POP_ATTRIBUTES
HWY_DIAGNOSTICS(pop)

#endif
