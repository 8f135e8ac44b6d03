#pragma once

#include <optional>
#include <string_view>

namespace thalweg {

/// "60s", "20 epochs": a number and its unit.
struct Quantity {
    double number = 0.0;
    std::string_view unit;
};

/// Nothing where the text does not begin with a number.
std::optional<Quantity> split_quantity(std::string_view text);

/// The seconds of "90s", "5min", "1h"; nothing where it is no time.
std::optional<double> seconds_of(const Quantity& quantity);

}  // namespace thalweg
