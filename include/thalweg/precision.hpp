#pragma once

#include "thalweg/choice.hpp"

namespace thalweg {

/// What the matrix products of training compute with. bf16 rounds both factors to bfloat16 (8 bits of
/// significand, the range of float32) and sums in float32; parameters, activations and updates stay float32.
enum class Precision { float32, bf16 };

template <>
struct ChoiceTable<Precision> {
    static constexpr std::string_view noun = "precision";
    static constexpr std::pair<Precision, std::string_view> entries[] = {
        {Precision::float32, "float32"},
        {Precision::bf16, "bf16"},
    };
};

}  // namespace thalweg
