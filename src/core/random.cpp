#include "core/random.h"

#include <cmath>
#include <utility>

#include "core/elementary.h"
#include "core/philox.h"

namespace thalweg {
namespace {

using Counter = std::array<std::uint32_t, 4>;
__extension__ using Wide = unsigned __int128;

Counter philox_round(const Counter& c, std::uint32_t key0, std::uint32_t key1) {
    const std::uint64_t product0 = std::uint64_t{philox::kMultiplier0} * c[0];
    const std::uint64_t product1 = std::uint64_t{philox::kMultiplier1} * c[2];
    return {static_cast<std::uint32_t>(product1 >> 32) ^ c[1] ^ key0, static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32) ^ c[3] ^ key1, static_cast<std::uint32_t>(product0)};
}

std::uint64_t join(std::uint32_t high, std::uint32_t low) {
    return std::uint64_t{high} << 32 | low;
}

/// The top 53 bits as a double on [0, 1).
double unit(std::uint64_t bits) {
    return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

}  // namespace

std::array<std::uint32_t, 4> Random::block(std::uint64_t index) const {
    Counter counter = {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), major_,
                       static_cast<std::uint32_t>(stream_)};
    auto key0 = static_cast<std::uint32_t>(seed_);
    auto key1 = static_cast<std::uint32_t>(seed_ >> 32);
    for (int round = 0; round < philox::kRounds; ++round) {
        counter = philox_round(counter, key0, key1);
        key0 += philox::kWeyl0;
        key1 += philox::kWeyl1;
    }
    return counter;
}

double Random::uniform(std::uint64_t index) const {
    const Counter words = block(index);
    return unit(join(words[0], words[1]));
}

std::uint64_t Random::below(std::uint64_t index, std::uint64_t bound) const {
    const Counter words = block(index);
    const auto wide = static_cast<Wide>(join(words[0], words[1])) * bound;
    return static_cast<std::uint64_t>(wide >> 64);
}

double Random::normal(std::uint64_t index) const {
    const Counter words = block(index);
    const double radius = std::sqrt(-2.0 * elementary::log(1.0 - unit(join(words[0], words[1]))));
    return radius * elementary::cosine_of_turns(unit(join(words[2], words[3])));
}

void shuffle(std::span<std::uint32_t> items, const Random& random) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i - 1, i)]);
}

}  // namespace thalweg
