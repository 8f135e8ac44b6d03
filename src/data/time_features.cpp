#include "data/time_features.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/elementary.h"

namespace thalweg {
namespace {

constexpr double kSecondsPerDay = 86400.0;

/// Years that a calendar of four digits can say; other seconds are no times.
constexpr double kEarliest = -62167219200.0;  // 0000-01-01
constexpr double kLatest = 253402300800.0;    // 10000-01-01

bool is_time(double seconds) {
    return seconds >= kEarliest && seconds < kLatest;
}

std::chrono::sys_days day_of(double seconds) {
    return std::chrono::sys_days(std::chrono::days(static_cast<int>(std::floor(seconds / kSecondsPerDay))));
}

double second_of_day(double seconds) {
    return seconds - std::floor(seconds / kSecondsPerDay) * kSecondsPerDay;
}

double year_position(double seconds) {
    using namespace std::chrono;
    const year_month_day date(day_of(seconds));
    const sys_days first = date.year() / January / 1;
    const sys_days next = (date.year() + years(1)) / January / 1;
    const double days_passed = static_cast<double>((day_of(seconds) - first).count());
    const double days_in_year = static_cast<double>((next - first).count());
    return (days_passed + second_of_day(seconds) / kSecondsPerDay) / days_in_year;
}

double week_position(double seconds) {
    const unsigned weekday = std::chrono::weekday(day_of(seconds)).iso_encoding() - 1;
    return (weekday + second_of_day(seconds) / kSecondsPerDay) / 7.0;
}

/// More than one value among those of finite times.
template <class Feature>
bool varies(std::span<const double> seconds, Feature feature) {
    bool any = false;
    decltype(feature(0.0)) first{};
    for (const double time : seconds) {
        if (!is_time(time)) continue;
        const auto value = feature(time);
        if (any && value != first) return true;
        first = value;
        any = true;
    }
    return false;
}

}  // namespace

std::size_t width_of(TimePart part) {
    return part == TimePart::linear ? 1 : 2;
}

double cycle_position(TimePart part, double seconds) {
    switch (part) {
        case TimePart::year_cycle:
            return year_position(seconds);
        case TimePart::week_cycle:
            return week_position(seconds);
        default:
            return second_of_day(seconds) / kSecondsPerDay;
    }
}

std::vector<TimePart> varying_time_parts(std::span<const double> seconds) {
    using namespace std::chrono;
    std::vector<TimePart> parts;
    const auto day = [](double time) { return year_month_day(day_of(time)); };
    const auto day_and_month = [&](double time) { return month_day(day(time).month(), day(time).day()); };
    if (!varies(seconds, [](double time) { return time; })) return parts;
    parts.push_back(TimePart::linear);
    if (varies(seconds, day_and_month)) parts.push_back(TimePart::year_cycle);
    // Where every date is the first of a month, its day of the week is an accident of the calendar.
    const bool days_vary = varies(seconds, [&](double time) { return day(time).day(); });
    if (days_vary && varies(seconds, [](double time) { return weekday(day_of(time)); }))
        parts.push_back(TimePart::week_cycle);
    if (varies(seconds, second_of_day)) parts.push_back(TimePart::day_cycle);
    return parts;
}

void encode_time_part(TimePart part, double seconds, const NumberPlan& linear, float* inputs) {
    if (part == TimePart::linear) {
        inputs[0] = linear.encode(seconds);
        return;
    }
    inputs[0] = inputs[1] = 0.0F;
    if (!is_time(seconds)) return;
    const double turns = cycle_position(part, seconds);
    inputs[0] = static_cast<float>(elementary::sine_of_turns(turns));
    inputs[1] = static_cast<float>(elementary::cosine_of_turns(turns));
}

}  // namespace thalweg
