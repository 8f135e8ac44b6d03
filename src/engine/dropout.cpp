#include "engine/dropout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/philox.h"
#include "core/random.h"

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/dropout.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/span-inl.h"

#ifndef THALWEG_ENGINE_DROPPED_ROW
#define THALWEG_ENGINE_DROPPED_ROW
namespace thalweg::engine {

/// A row whose elements 4 i to 4 i + 3 come from block first_block + i of random words.
struct DroppedRow {
    std::uint64_t seed;
    std::uint32_t step;
    std::uint64_t first_block;
    std::uint32_t threshold;  ///< words below it drop their element
    float kept;
    float* h;
    float* factors;
    std::size_t size;
};

}  // namespace thalweg::engine
#endif

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

using engine::DroppedRow;

#if HWY_TARGET == HWY_SCALAR

void drop_row(const DroppedRow& row) {
    const Random random(row.seed, RandomStream::dropout, row.step);
    for (std::size_t j = 0; j < row.size; ++j) {
        row.factors[j] = random.block(row.first_block + j / 4)[j % 4] < row.threshold ? 0.0f : row.kept;
        row.h[j] *= row.factors[j];
    }
}

#else

using Tag64 = hn::ScalableTag<std::uint64_t>;
using Tag32 = hn::ScalableTag<std::uint32_t>;
using Vector64 = hn::Vec<Tag64>;
constexpr std::size_t kBlocks = hn::MaxLanes(Tag64());

/// 64 bits of the low half of every lane times `factor`.
HWY_INLINE Vector64 wide_product(Vector64 x, std::uint32_t factor) {
    return hn::MulEven(hn::BitCast(Tag32(), x), hn::Set(Tag32(), factor));
}

HWY_INLINE Vector64 exclusive_or(Vector64 a, Vector64 b, std::uint32_t c) {
    return hn::Xor(hn::Xor(a, b), hn::Set(Tag64(), c));
}

/// kBlocks blocks, a lane each: words 0 and 1 of a block in `first`, 2 and 3 in `second`.
struct RandomBlocks {
    Vector64 first;
    Vector64 second;
};

/// Philox 4x32-10. A word is the low half of its lane: what the multiplication leaves above it is never read.
HWY_INLINE RandomBlocks random_blocks(const DroppedRow& row, Vector64 index) {
    const Tag64 d;
    Vector64 words[4] = {index, hn::ShiftRight<32>(index), hn::Set(d, row.step),
                         hn::Set(d, static_cast<std::uint32_t>(RandomStream::dropout))};
    auto key0 = static_cast<std::uint32_t>(row.seed);
    auto key1 = static_cast<std::uint32_t>(row.seed >> 32);
    for (int round = 0; round < philox::kRounds; ++round) {
        const Vector64 product0 = wide_product(words[0], philox::kMultiplier0);
        const Vector64 product1 = wide_product(words[2], philox::kMultiplier1);
        words[0] = exclusive_or(hn::ShiftRight<32>(product1), words[1], key0);
        words[1] = product1;
        words[2] = exclusive_or(hn::ShiftRight<32>(product0), words[3], key1);
        words[3] = product0;
        key0 += philox::kWeyl0;
        key1 += philox::kWeyl1;
    }
    const auto join = [&](Vector64 low, Vector64 high) {
        const Tag32 halves;
        return hn::BitCast(
            d, hn::OddEven(hn::BitCast(halves, hn::ShiftLeft<32>(high)), hn::BitCast(halves, low)));
    };
    return {join(words[0], words[1]), join(words[2], words[3])};
}

/// The block of a lane, such that pairs of lanes interleave to blocks in their order.
HWY_INLINE Vector64 places_of_blocks() {
    HWY_ALIGN std::uint64_t places[kBlocks];
    for (std::size_t lane = 0; lane < kBlocks; ++lane) places[lane] = lane / 2 + lane % 2 * (kBlocks / 2);
    return hn::Load(Tag64(), places);
}

HWY_INLINE void drop_words(const DroppedRow& row, Vector64 words, std::size_t j, std::size_t count) {
    const Tag d;
    const auto dropped = hn::Lt(hn::BitCast(Tag32(), words), hn::Set(Tag32(), row.threshold));
    const Vector factor = hn::IfThenZeroElse(hn::RebindMask(d, dropped), hn::Set(d, row.kept));
    store(factor, row.factors + j, count);
    store(hn::Mul(load(row.h + j, count), factor), row.h + j, count);
}

void drop_row(const DroppedRow& row) {
    const Vector64 places = places_of_blocks();
    for (std::size_t j = 0; j < row.size; j += 2 * kLanes) {
        const RandomBlocks blocks =
            random_blocks(row, hn::Add(places, hn::Set(Tag64(), row.first_block + j / 4)));
        const std::size_t count = std::min(2 * kLanes, row.size - j);
        drop_words(row, hn::InterleaveLower(Tag64(), blocks.first, blocks.second), j,
                   std::min(count, kLanes));
        if (count > kLanes)
            drop_words(row, hn::InterleaveUpper(Tag64(), blocks.first, blocks.second), j + kLanes,
                       count - kLanes);
    }
}

#endif

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg::engine {

HWY_EXPORT(drop_row);

void drop(const Dropout& dropout, std::size_t layer, std::size_t first_row, MatrixView<float> h,
          MatrixView<float> factors) {
    const std::uint64_t blocks_of_row = (h.cols + 3) / 4;
    DroppedRow row{};
    row.seed = dropout.seed;
    row.step = dropout.step;
    row.threshold = static_cast<std::uint32_t>(dropout.rate * 0x1.0p32);
    row.kept = static_cast<float>(1.0 / (1.0 - dropout.rate));
    row.size = h.cols;
    for (std::size_t n = 0; n < h.rows; ++n) {
        row.first_block = (std::uint64_t{layer} << 48) + (dropout.first_row + first_row + n) * blocks_of_row;
        row.h = h.row(n).data();
        row.factors = factors.row(n).data();
        HWY_DYNAMIC_DISPATCH(drop_row)(row);
    }
}

}  // namespace thalweg::engine
#endif
