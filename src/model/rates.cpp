#include "model/rates.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "model/option.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

constexpr std::pair<std::string_view, double RateFactors::*> kNames[] = {
    {"embedding", &RateFactors::embedding},
    {"scale", &RateFactors::input_scale},
    {"bias", &RateFactors::biases},
    {"bend", &RateFactors::bends},
};

double RateFactors::*factor_named(const std::string& name) {
    std::vector<std::string> known;
    for (const auto& [of_known, factor] : kNames) {
        if (of_known == name) return factor;
        known.emplace_back(of_known);
    }
    throw Error(ErrorKind::usage, "--rates: " + unknown_name_message("group of parameters", name, known));
}

}  // namespace

RateFactors with_rates(RateFactors rates, const std::vector<std::string>& items) {
    for (const std::string& item : items) {
        const std::size_t equals = item.find('=');
        if (equals == std::string::npos)
            throw Error(
                ErrorKind::usage,
                fmt::format("--rates '{}': say a factor for each group, like bias=0.1,scale=6", item));
        double& factor = rates.*factor_named(item.substr(0, equals));
        try {
            FieldTraits<double>::parse(item.substr(equals + 1), kZeroOrMore, factor);
        } catch (const Error& error) {
            throw Error(ErrorKind::usage,
                        fmt::format("--rates: the factor of '{}' {}", item.substr(0, equals), error.what()));
        }
    }
    return rates;
}

}  // namespace thalweg
