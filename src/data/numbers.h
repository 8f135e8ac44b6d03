#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// The number that a text spells, spaces around it aside, whatever the locale: "3", "-0.25", "+1e9".
/// "inf", "nan" and what no double can hold are numbers too, not
/// finite ones, and so count as missing. Nothing else may follow.
std::optional<double> parse_number(std::string_view text);

/// The number that a text would spell with a decimal comma: "3,14".
std::optional<double> parse_decimal_comma(std::string_view text);

/// What a column of numbers is like. Missing and infinite ones are left out.
struct Moments {
    std::size_t count = 0;
    double mean = 0.0;
    double deviation = 0.0;  ///< population standard deviation
    double least = 0.0;
    double greatest = 0.0;

    bool constant() const { return count == 0 || least == greatest; }
};

/// Computed about the first value in compensated sums: values around 1e9 lose nothing against values around
/// 0. Of a constant column the mean is its value and the deviation is exactly 0.
Moments moments(std::span<const double> values);

/// The values that are finite, in their order.
std::vector<double> finite_values(std::span<const double> values);

/// Scaling of a column of numbers; constant ones get scale 1.
NumberPlan fit_number(std::span<const double> values);

/// The scaling of columns that stand side by side, laid out so that a row of theirs is encoded at once, to
/// the bits of NumberPlan::encode.
class NumberPlans {
  public:
    /// All clip smoothly, or none does. Those by quantiles are for NumberPlan alone.
    bool takes(const NumberPlan& plan) const { return centres_.empty() || plan.smooth_clip == smooth_clip_; }
    void add(const NumberPlan& plan);
    std::size_t size() const { return centres_.size(); }
    /// Of the columns from `first` on, as many as `values` and `inputs` have.
    void encode(std::size_t first, std::span<const double> values, std::span<float> inputs) const;

  private:
    bool smooth_clip_ = false;
    std::vector<double> centres_;
    std::vector<double> scales_;
    std::vector<double> fills_;
};

}  // namespace thalweg
