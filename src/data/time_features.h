#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Seconds since 1970-01-01 UTC of a text in a format of strptime's letters: %Y %y %m %d %b %H %M %S. English
/// names of months, any locale. %S takes a fraction; a zone ("Z", "+02:00") may follow a time of day. A
/// two-digit year is 1969 to 2068, as POSIX has it. Empty where the text does not fit or no such day exists.
std::optional<double> parse_time(std::string_view text, std::string_view format);

/// The same for a date, or a date and a time of day, as ISO 8601 has them.
std::optional<double> parse_iso_time(std::string_view text);

/// The format that at least 95 in 100 of the texts fit; each weighs as `counts` says. Empty: there is none,
/// or the order of day and month cannot be told.
std::string recognise_time_format(std::span<const std::string> texts, std::span<const std::size_t> counts);

/// The parts of these times (seconds; NaN is missing) that are more than one value.
std::vector<TimePart> varying_time_parts(std::span<const double> seconds);

/// Inputs of a part: 1 for linear, 2 (sine, cosine) for a cycle.
std::size_t width_of(TimePart part);

/// How far through the year, the week (from Monday) or the day a time is, in [0, 1).
double cycle_position(TimePart part, double seconds);

/// Writes width_of(part) numbers to `inputs`; a missing time is the mean time, and the middle of its cycles.
void encode_time_part(TimePart part, double seconds, const NumberPlan& linear, float* inputs);

}  // namespace thalweg
