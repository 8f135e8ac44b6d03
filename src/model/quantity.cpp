#include "model/quantity.h"

#include <charconv>
#include <utility>

namespace thalweg {

std::optional<Quantity> split_quantity(std::string_view text) {
    Quantity quantity;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantity.number);
    if (error != std::errc()) return std::nullopt;
    quantity.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    while (quantity.unit.starts_with(' ')) quantity.unit.remove_prefix(1);
    return quantity;
}

std::optional<double> seconds_of(const Quantity& quantity) {
    for (const auto& [unit, factor] : {std::pair{"s", 1.0}, {"min", 60.0}, {"h", 3600.0}})
        if (quantity.unit == unit) return factor * quantity.number;
    return std::nullopt;
}

}  // namespace thalweg
