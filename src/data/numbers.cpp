#include "data/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "data/quantile_scaling.h"
#include "engine/standardise.h"

namespace thalweg {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Neumaier's compensated sum: the rounding of every addition is kept and added at the end.
class Sum {
  public:
    void add(double term) {
        const double next = total_ + term;
        lost_ += std::abs(total_) >= std::abs(term) ? (total_ - next) + term : (term - next) + total_;
        total_ = next;
    }
    double value() const { return total_ + lost_; }

  private:
    double total_ = 0.0;
    double lost_ = 0.0;
};

/// Beyond this a float of the clipped value no longer changes, and without clipping nothing good comes.
constexpr double kFarAway = 1e6;

/// Bounds z by 3 on both sides; its derivative at 0 is 1.
double smoothly_clipped(double z) {
    return z / std::sqrt(1.0 + (z / 3.0) * (z / 3.0));
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
    text = trimmed(text);
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range && end == text.data() + text.size())
        return std::numeric_limits<double>::infinity();
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_decimal_comma(std::string_view text) {
    std::string with_point(text);
    const auto comma = with_point.find(',');
    if (comma == std::string::npos) return std::nullopt;
    with_point[comma] = '.';
    return parse_number(with_point);
}

Moments moments(std::span<const double> values) {
    Moments result;
    double pivot = 0.0;
    for (const double value : values) {
        if (!std::isfinite(value)) continue;
        if (result.count++ == 0) pivot = result.least = result.greatest = value;
        result.least = std::min(result.least, value);
        result.greatest = std::max(result.greatest, value);
    }
    result.mean = pivot;
    if (result.constant()) return result;

    // In units of the range, a power of two: exact, and squares of 1e200 or 1e-200 stay in range.
    const double half_range = result.greatest / 2 - result.least / 2;
    const int unit = std::max(std::ilogb(half_range), -1000);
    const double to_unit = std::ldexp(1.0, -unit);
    Sum sum, squares;
    for (const double value : values) {
        if (!std::isfinite(value)) continue;
        const double offset = (value / 2 - pivot / 2) * to_unit;
        sum.add(offset);
        squares.add(offset * offset);
    }
    const double count = static_cast<double>(result.count);
    const double offset = sum.value() / count;
    const double variance = std::max(0.0, squares.value() / count - offset * offset);
    result.mean = pivot + 2 * std::ldexp(offset, unit);
    result.deviation =
        std::min(std::ldexp(std::sqrt(variance), unit), std::numeric_limits<double>::max() / 2) * 2;
    return result;
}

std::vector<double> finite_values(std::span<const double> values) {
    std::vector<double> finite;
    finite.reserve(values.size());
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                 [](double value) { return std::isfinite(value); });
    return finite;
}

NumberPlan fit_number(std::span<const double> values) {
    const Moments found = moments(values);
    NumberPlan plan;
    plan.centre = plan.fill = found.mean;
    if (!found.constant() && found.deviation > 0.0) plan.scale = found.deviation;
    plan.smooth_clip = true;
    return plan;
}

float NumberPlan::encode(double value) const {
    if (!quantiles.empty())
        return std::isfinite(value) ? static_cast<float>(normal_score(quantiles, value)) : 0.0F;
    const double known = std::isfinite(value) ? value : fill;
    const double z = std::clamp((known - centre) / scale, -kFarAway, kFarAway);
    return static_cast<float>(smooth_clip ? smoothly_clipped(z) : z);
}

void NumberPlans::add(const NumberPlan& plan) {
    smooth_clip_ = plan.smooth_clip;
    centres_.push_back(plan.centre);
    scales_.push_back(plan.scale);
    fills_.push_back(plan.fill);
}

void NumberPlans::encode(std::size_t first, std::span<const double> values, std::span<float> inputs) const {
    const engine::Scaling scaling{centres_.data() + first, scales_.data() + first, fills_.data() + first,
                                  kFarAway, smooth_clip_};
    engine::standardise(scaling, values.data(), inputs.data(), values.size());
}

}  // namespace thalweg
