#include "engine/product.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "engine/bf16_product.h"
#include "engine/elementwise.h"
#include "thalweg/matrix.hpp"

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/product.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/narrow-inl.h"
#include "engine/row-inl.h"
#include "engine/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

/// Rows of B passed at a time: a panel of 512 x 64 floats is 128 KiB, a small part of L2.
constexpr std::size_t kDepthBlock = 512;
/// Rows of A packed at a time: 144 x 512 floats are 288 KiB, which stay in L2 while the panels of B pass.
constexpr std::size_t kRowBlock = 144;
/// From row to row of such a block: a line more, or the rows would share a few sets of the cache.
constexpr std::size_t kBlockStride = kDepthBlock + 16;
/// Where neighbours in a column are a page or more apart, each costs a line of the same few sets of the cache
/// and an entry of the table of pages, so they are copied together first.
constexpr std::size_t kPageFloats = 1024;
/// Rows of a panel of B this far apart are followed by no prefetcher: where many rows meet the panel, it is
/// copied.
constexpr std::size_t kFollowedFloats = 512;
constexpr std::size_t kRowsWorthCopying = 96;

static_assert(kPackedColumns % kTileCols == 0);

constexpr std::size_t round_up(std::size_t value, std::size_t step) {
    return (value + step - 1) / step * step;
}

/// Four by four floats, transposed: to[k * to_row + j] = from[j * from_row + k].
HWY_INLINE void transpose_4x4(const float* from, std::size_t from_row, float* to, std::size_t to_row) {
#if HWY_TARGET == HWY_SCALAR
    for (std::size_t j = 0; j < 4; ++j)
        for (std::size_t k = 0; k < 4; ++k) to[k * to_row + j] = from[j * from_row + k];
#else
    const hn::FixedTag<float, 4> d;
    hn::Vec<decltype(d)> rows[4];
    THALWEG_UNROLLED(j, 4) rows[j] = hn::LoadU(d, from + j * from_row);
    transpose_within_blocks(d, rows);
    THALWEG_UNROLLED(k, 4) hn::StoreU(rows[k], d, to + k * to_row);
#endif
}

constexpr std::size_t kTransposed = 16;

#if HWY_TARGET <= HWY_AVX3
/// Sixteen by sixteen: four rows at a time within each 128 bits, then those 128 bits among the vectors, so
/// that a line of the cache is written by one store.
HWY_INLINE void transpose_block(const float* from, std::size_t from_row, float* to, std::size_t to_row) {
    const hn::FixedTag<float, kTransposed> d;
    hn::Vec<decltype(d)> quarters[4][4];
    THALWEG_UNROLLED(group, 4) {
        THALWEG_UNROLLED(i, 4) quarters[group][i] = hn::LoadU(d, from + (4 * group + i) * from_row);
        transpose_within_blocks(d, quarters[group]);
    }
    THALWEG_UNROLLED(r, 4) {
        const auto even_low = hn::ConcatLowerLower(d, quarters[2][r], quarters[0][r]);
        const auto odd_low = hn::ConcatLowerLower(d, quarters[3][r], quarters[1][r]);
        const auto even_high = hn::ConcatUpperUpper(d, quarters[2][r], quarters[0][r]);
        const auto odd_high = hn::ConcatUpperUpper(d, quarters[3][r], quarters[1][r]);
        float* const row = to + r * to_row;
        hn::StoreU(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd_low), even_low), d, row);
        hn::StoreU(hn::OddEvenBlocks(odd_low, hn::SwapAdjacentBlocks(even_low)), d, row + 4 * to_row);
        hn::StoreU(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd_high), even_high), d, row + 8 * to_row);
        hn::StoreU(hn::OddEvenBlocks(odd_high, hn::SwapAdjacentBlocks(even_high)), d, row + 12 * to_row);
    }
}
#else
HWY_INLINE void transpose_block(const float* from, std::size_t from_row, float* to, std::size_t to_row) {
    for (std::size_t j = 0; j < kTransposed; j += 4)
        for (std::size_t k = 0; k < kTransposed; k += 4)
            transpose_4x4(from + j * from_row + k, from_row, to + k * to_row + j, to_row);
}
#endif

/// to[k * to_row + j] = from[j * from_row + k], in blocks so that every line of the cache that is fetched is
/// used up.
void transpose(const float* from, std::size_t from_row, std::size_t rows, std::size_t cols, float* to,
               std::size_t to_row) {
    for (std::size_t j0 = 0; j0 < rows; j0 += kTransposed)
        for (std::size_t k0 = 0; k0 < cols; k0 += kTransposed) {
            const std::size_t last_j = std::min(rows, j0 + kTransposed);
            const std::size_t last_k = std::min(cols, k0 + kTransposed);
            for (std::size_t j = j0; j < last_j; ++j)
                hwy::Prefetch(from + j * from_row + k0 + 4 * kTransposed);
            if (last_j - j0 == kTransposed && last_k - k0 == kTransposed) {
                transpose_block(from + j0 * from_row + k0, from_row, to + k0 * to_row + j0, to_row);
                continue;
            }
            for (std::size_t j = j0; j < last_j; j += 4)
                for (std::size_t k = k0; k < last_k; k += 4) {
                    if (j + 4 <= last_j && k + 4 <= last_k) {
                        transpose_4x4(from + j * from_row + k, from_row, to + k * to_row + j, to_row);
                        continue;
                    }
                    for (std::size_t jj = j; jj < std::min(last_j, j + 4); ++jj)
                        for (std::size_t kk = k; kk < std::min(last_k, k + 4); ++kk)
                            to[kk * to_row + jj] = from[jj * from_row + kk];
                }
        }
}

/// Rows first_k .. first_k+depth of columns first_col .. first_col+cols of B as rows of `width`, zeros where
/// B ends.
void pack_panel(const Product& p, std::size_t first_k, std::size_t depth, std::size_t first_col,
                std::size_t cols, std::size_t width, float* panel) {
    const float* b = p.b + first_k * p.b_row + first_col * p.b_col;
    if (p.b_col != 1 && p.b_row == 1) {
        transpose(b, p.b_col, cols, depth, panel, width);
    } else {
        for (std::size_t k = 0; k < depth; ++k) {
            const float* row = b + k * p.b_row;
            if (p.b_col == 1 && cols == kTileCols) {
                // Rows far apart are fetched ahead of their time; a size that is known needs no call.
                for (std::size_t v = 0; v < kTileVectors; ++v) hwy::Prefetch(row + 8 * p.b_row + v * kLanes);
                std::memcpy(panel + k * width, row, kTileCols * sizeof(float));
            } else if (p.b_col == 1) {
                std::memcpy(panel + k * width, row, cols * sizeof(float));
            } else {
                for (std::size_t j = 0; j < cols; ++j) panel[k * width + j] = row[j * p.b_col];
            }
        }
    }
    if (cols == width) return;
    for (std::size_t k = 0; k < depth; ++k)
        std::fill(panel + k * width + cols, panel + (k + 1) * width, 0.0f);
}

void pack_columns(const Product& p, std::size_t first_col, std::size_t last_col, float* packed) {
    for (std::size_t j = first_col; j < last_col; j += kTileCols) {
        const std::size_t cols = std::min(kTileCols, last_col - j);
        pack_panel(p, 0, p.depth, j, cols, round_up(cols, kLanes), packed + j * p.depth);
    }
}

/// A panel of B, ready to be read: whole vectors.
struct Panel {
    const float* b;
    std::size_t b_row;
    const float* next = nullptr;  ///< the panel to its right, where that lies ready as well
};

/// Where B is packed, or lies well as it is, that is read; else `buffer` takes the panel (or, unless `fresh`,
/// has it already, and those to its right behind it).
Panel make_panel(const Product& p, std::size_t first_k, std::size_t depth, std::size_t first_col,
                 std::size_t cols, bool fresh, float* buffer) {
    const std::size_t width = round_up(cols, kLanes);
    const bool is_last = first_col + kTileCols >= p.cols;
    if (p.packed_b != nullptr) {
        const float* b = p.packed_b + first_col * p.depth + first_k * width;
        return {b, width, is_last ? nullptr : b + kTileCols * p.depth};
    }
    const std::size_t far = p.rows < kRowsWorthCopying ? kPageFloats : kFollowedFloats;
    const bool lies_well = p.b_col == 1 && cols == width && p.b_row < far;
    if (lies_well) return {p.b + first_k * p.b_row + first_col, p.b_row};
    if (fresh) pack_panel(p, first_k, depth, first_col, cols, width, buffer);
    return {buffer, width, is_last || fresh ? nullptr : buffer + kTileCols * depth};
}

/// With fewer strips a panel is left before the next one can be fetched.
constexpr std::size_t kLeastFetchingStrips = 16;

/// The next panel is fetched into L2 while one is multiplied, some of it by each strip: all of it at once
/// would keep the loads of a tile waiting. Returns the floats for each strip and kStepsOfFetch rows of the
/// panel.
std::size_t fetch_step(const Panel& panel, std::size_t strips) {
    if (panel.next == nullptr || strips < kLeastFetchingStrips) return 0;
    return (kStepsOfFetch * kTileCols + strips - 1) / strips;
}

constexpr std::size_t kLineFloats = 16;

/// Rows cut into strips, each the rows of a register tile, `most` at the most and as even as can be: one of a
/// single row would wait for its few sums.
class Strips {
  public:
    Strips(std::size_t rows, std::size_t most)
        : count_((rows + most - 1) / most),
          rows_(count_ == 0 ? 0 : rows / count_),
          longer_(count_ == 0 ? 0 : rows % count_) {}

    std::size_t count() const { return count_; }
    std::size_t first_row(std::size_t strip) const { return strip * rows_ + std::min(strip, longer_); }
    std::size_t rows(std::size_t strip) const { return rows_ + (strip < longer_ ? 1 : 0); }

  private:
    std::size_t count_, rows_, longer_;
};

/// Part of an operand: element (i, k) at data[i * row + k * col], or where strips of kStripRows rows are
/// copied together, at data[strip * between_strips + (i - first row of the strip) * row + k * col].
struct Block {
    const float* data;
    std::size_t row, col;
    std::size_t between_strips = 0;
};
constexpr std::size_t kStripRows = tile_rows(kTileVectors);

/// Multiplies `rows` rows of `block` with one panel.
HWY_INLINE void multiply_panel(TileWork work, const Block& block, std::size_t rows, std::size_t cols,
                               const Panel& panel) {
    const std::size_t vectors = (cols + kLanes - 1) / kLanes;
    work.last_lanes = cols - (vectors - 1) * kLanes;
    const Strips strips(rows, block.between_strips > 0 ? kStripRows : tile_rows(vectors));
    work.next_step = fetch_step(panel, strips.count());
    const TileFunction* const tiles = work.next_step > 0 ? kFetchingTiles.data() : kTiles[vectors - 1].data();
    float* const c = work.c;
    const float* const kept = work.kept;
    for (std::size_t strip = 0; strip < strips.count(); ++strip) {
        if (work.next_step > 0)
            work.next = panel.next + strip * (work.depth / kStepsOfFetch) * work.next_step;
        const std::size_t first = strips.first_row(strip);
        work.a = block.data + (block.between_strips > 0 ? strip * block.between_strips : first * block.row);
        work.c = c + first * work.c_stride;
        if (kept != nullptr) work.kept = kept + first * work.c_stride;
        tiles[strips.rows(strip) - 1](work);
    }
}

/// Memory that grows once and stays with the thread.
float* thread_buffer(std::size_t floats, std::size_t which) {
    static thread_local AlignedVector<float> buffers[2];
    if (buffers[which].size() < floats) buffers[which].resize(floats);
    return buffers[which].data();
}

TileWork tile_work(const Product& p, std::size_t first_k, std::size_t depth) {
    TileWork work{};
    work.depth = depth;
    work.c_stride = p.c_stride;
    work.resume = first_k > 0;
    if (p.activation == Activation::relu && first_k + depth == p.depth) {
        work.relu = p.kept == nullptr;
        work.kept = p.kept;
    }
    return work;
}

/// Blocks of much the same size, none beyond kDepthBlock.
std::size_t depth_step(std::size_t depth) {
    const std::size_t blocks = (depth + kDepthBlock - 1) / kDepthBlock;
    return blocks <= 1 ? kDepthBlock : (depth + blocks - 1) / blocks;
}

/// Rows first_row .. first_row+rows of A in columns first_k .. first_k+depth, a row after the other.
Block pack_rows(const Product& p, std::size_t first_row, std::size_t rows, std::size_t first_k,
                std::size_t depth, float* to) {
    const float* a = p.a + first_row * p.a_row + first_k * p.a_col;
    for (std::size_t i = 0; i < rows; ++i) {
        const float* from = a + i * p.a_row;
        float* row = to + i * kBlockStride;
        if (p.a_col == 1) {
            std::memcpy(row, from, depth * sizeof(float));
        } else {
            for (std::size_t k = 0; k < depth; ++k) row[k] = from[k * p.a_col];
        }
    }
    return {to, kBlockStride, 1};
}

/// From strip to strip: a line more, or strips would share a few sets of the cache.
constexpr std::size_t strip_size(std::size_t depth) {
    return depth * kStripRows + kLineFloats;
}

/// Columns far apart are fetched so many ahead of their time.
constexpr std::size_t kColumnsAhead = 8;

/// The same of an A whose columns are side by side: a strip's few elements of each column, column after
/// column, so that a tile uses up every line of the cache it reads.
Block pack_strips(const Product& p, std::size_t first_row, std::size_t rows, std::size_t first_k,
                  std::size_t depth, float* to) {
    const Strips strips(rows, kStripRows);
    const float* a = p.a + first_row + first_k * p.a_col;
    const std::size_t between = strip_size(depth);
    // What is copied beyond a short strip belongs to the next one or the next column, but for the last
    // columns, which are copied exactly: A may end behind them.
    const std::size_t end = strips.first_row(strips.count() - 1) + kStripRows;
    const std::size_t beyond = end > rows ? end - rows : 0;
    const std::size_t exact = std::min(depth, (beyond + p.a_col - 1) / p.a_col);
    const bool far_apart = p.a_col >= kPageFloats;
    for (std::size_t k = 0; k < depth; ++k, a += p.a_col) {
        const float* from = a;
        // No prefetcher goes from page to page.
        if (far_apart) {
            for (std::size_t i = 0; i < rows; i += kLineFloats)
                hwy::Prefetch(a + kColumnsAhead * p.a_col + i);
        }
        float* column = to + k * kStripRows;
        for (std::size_t strip = 0; strip < strips.count(); ++strip, column += between) {
            if (k + exact < depth) {
                std::memcpy(column, from, kStripRows * sizeof(float));
            } else {
                std::copy_n(from, strips.rows(strip), column);
            }
            from += strips.rows(strip);
        }
    }
    return {to, 1, kStripRows, between};
}

/// What one panel of B gives to a block of A.
void multiply_block(const Product& p, const Block& block, std::size_t first_row, std::size_t rows,
                    std::size_t first_k, std::size_t depth, std::size_t first_col, const Panel& panel) {
    const std::size_t cols = std::min(kTileCols, p.cols - first_col);
    const std::size_t first = first_row * p.c_stride + first_col;
    TileWork work = tile_work(p, first_k, depth);
    work.a_row = block.row;
    work.a_col = block.col;
    work.b = panel.b;
    work.b_row = panel.b_row;
    work.c = p.c + first;
    if (work.kept != nullptr) work.kept += first;
    work.bias = p.bias == nullptr ? nullptr : p.bias + first_col;
    multiply_panel(work, block, rows, cols, panel);
}

/// Blocks of A stay in L2 while the panels of B pass, each of which is made for the first block and kept for
/// the others.
void multiply_blocks(const Product& p) {
    const std::size_t step = depth_step(p.depth), most_depth = std::min(step, p.depth);
    const bool meets_several = p.cols > kTileCols;
    const bool in_strips = meets_several && p.a_row == 1 && p.a_col > 1 && p.depth > 0;
    // Rows that lie far apart are copied together, where more than one panel meets them.
    const bool in_rows = meets_several && !in_strips && std::max(p.a_row, p.a_col) >= kPageFloats;
    // A that fits stays whole: each further block reads the panels of B anew.
    const bool fits = !in_rows && p.rows * most_depth <= kRowBlock * kDepthBlock;
    const std::size_t row_block = fits ? p.rows : kRowBlock;
    const bool one_block = p.rows <= row_block;
    float* copied = nullptr;
    if (in_rows) copied = thread_buffer(kRowBlock * kBlockStride, 1);
    if (in_strips) copied = thread_buffer(Strips(row_block, kStripRows).count() * strip_size(most_depth), 1);
    float* buffer = nullptr;
    if (p.packed_b == nullptr)
        buffer = thread_buffer(kDepthBlock * (one_block ? kTileCols : round_up(p.cols, kTileCols)), 0);
    // A product of no depth is its bias.
    std::size_t k = 0;
    do {
        const std::size_t depth = std::min(step, p.depth - k);
        for (std::size_t i = 0; i < p.rows; i += row_block) {
            const std::size_t rows = std::min(row_block, p.rows - i);
            const Block block = in_strips ? pack_strips(p, i, rows, k, depth, copied)
                                : in_rows ? pack_rows(p, i, rows, k, depth, copied)
                                          : Block{p.a + i * p.a_row + k * p.a_col, p.a_row, p.a_col};
            for (std::size_t j = 0; j < p.cols; j += kTileCols) {
                const std::size_t cols = std::min(kTileCols, p.cols - j);
                float* const kept = one_block || buffer == nullptr ? buffer : buffer + j * depth;
                multiply_block(p, block, i, rows, k, depth, j,
                               make_panel(p, k, depth, j, cols, i == 0, kept));
            }
        }
        k += depth;
    } while (k < p.depth);
}

/// From row `rows` on.
Product below(Product p, std::size_t rows) {
    p.rows -= rows;
    p.a += rows * p.a_row;
    p.c += rows * p.c_stride;
    if (p.kept != nullptr) p.kept += rows * p.c_stride;
    return p;
}

void multiply_product(const Product& p) {
    if (multiply_row(p)) return;
    if (const std::size_t rows = multiply_narrow(p); rows == 0) {
        multiply_blocks(p);
    } else if (rows < p.rows) {
        multiply_blocks(below(p, rows));
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

HWY_EXPORT(multiply_product);
HWY_EXPORT(pack_columns);
HWY_EXPORT(target_name);

/// From the sums to C.
void finish(const Product& p) {
    const bool together = p.c_stride == p.cols;
    const std::size_t pieces = together ? 1 : p.rows, size = together ? p.rows * p.cols : p.cols;
    for (std::size_t i = 0; i < pieces; ++i) {
        const std::span<float> c(p.c + i * p.c_stride, size);
        if (p.kept == nullptr) {
            engine::activate(p.activation, c, c);
        } else {
            engine::multiply_by_derivative(p.activation, {p.kept + i * p.c_stride, size}, c);
        }
    }
}

}  // namespace

void multiply(const Product& product) {
    const bool bf16 = product.precision == Precision::bf16;
    if (bf16) {
        multiply_bf16(product);
    } else {
        HWY_DYNAMIC_DISPATCH(multiply_product)(product);
    }
    // relu is done while a sum is in its register.
    if (product.activation != Activation::linear && (bf16 || product.activation != Activation::relu))
        finish(product);
}

std::size_t packed_size(std::size_t depth, std::size_t cols, Precision precision) {
    if (precision == Precision::bf16) return packed_size_bf16(depth, cols);
    // The widest vectors in use hold 16 floats.
    return depth * ((cols + 15) / 16 * 16);
}

void pack(const Product& product, std::size_t first_col, std::size_t last_col, float* packed) {
    if (product.precision == Precision::bf16) return pack_bf16(product, first_col, last_col, packed);
    HWY_DYNAMIC_DISPATCH(pack_columns)(product, first_col, last_col, packed);
}

std::string product_target() {
    return HWY_DYNAMIC_DISPATCH(target_name)();
}

}  // namespace thalweg
#endif
