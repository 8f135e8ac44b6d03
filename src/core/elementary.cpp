#include "core/elementary.h"

namespace thalweg::elementary {
namespace {

/// turns = quarter / 4 + r / (2 pi) with |r| <= pi/4.
struct Quadrant {
    int quarter;  ///< 0 .. 3
    double r;
};

Quadrant quadrant_of(double turns) {
    // All exact: what is left of the nearest whole turn, and of its nearest quarter.
    const double fraction = turns - std::floor(turns + 0.5);
    const double quarter = std::floor(4.0 * fraction + 0.5);
    const double rest = fraction - 0.25 * quarter;
    // 2 pi in two parts.
    return {static_cast<int>(quarter) & 3, rest * 0x1.921fb54442d18p+2 + rest * 0x1.1a62633145c07p-52};
}

}  // namespace

double sine_of_turns(double turns) {
    if (!std::isfinite(turns)) return std::numeric_limits<double>::quiet_NaN();
    const Quadrant q = quadrant_of(turns);
    const double value = q.quarter % 2 == 0 ? sine_of_eighth(q.r) : cosine_of_eighth(q.r);
    return q.quarter < 2 ? value : -value;
}

double cosine_of_turns(double turns) {
    if (!std::isfinite(turns)) return std::numeric_limits<double>::quiet_NaN();
    const Quadrant q = quadrant_of(turns);
    const double value = q.quarter % 2 == 0 ? cosine_of_eighth(q.r) : sine_of_eighth(q.r);
    return q.quarter == 0 || q.quarter == 3 ? value : -value;
}

double power(double base, std::uint64_t exponent) {
    double result = 1.0;
    for (; exponent != 0; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

}  // namespace thalweg::elementary
