#include "core/floating_point.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace thalweg {
namespace {

#if defined(__SSE2__)

/// MXCSR: all exceptions masked, to nearest, flush-to-zero (bit 15) and denormals-are-zero (bit 6).
constexpr std::uint64_t kMode = 0x1f80 | 1 << 15 | 1 << 6;

std::uint64_t control() {
    return _mm_getcsr();
}
void set_control(std::uint64_t value) {
    _mm_setcsr(static_cast<unsigned>(value));
}

#elif defined(__aarch64__)

/// FPCR: no traps, to nearest, flush-to-zero (bit 24), which takes subnormal inputs as zero too.
constexpr std::uint64_t kMode = std::uint64_t{1} << 24;

std::uint64_t control() {
    std::uint64_t value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
}
void set_control(std::uint64_t value) {
    asm volatile("msr fpcr, %0" : : "r"(value) : "memory");
}

#else
#error "how this architecture flushes subnormal numbers to zero is not known yet: add it here"
#endif

}  // namespace

FlushSubnormals::FlushSubnormals() : caller_(control()) {
    set_control(kMode);
}

FlushSubnormals::~FlushSubnormals() {
    set_control(caller_);
}

}  // namespace thalweg
