#include "engine/simd_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/error.hpp"

#include "engine/simd_targets.h"  // must come before Highway

#include <hwy/targets.h>

namespace thalweg {
namespace {

constexpr const char* kVariable = "THALWEG_SIMD";

bool same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_scalar(std::int64_t target) {
    return target == HWY_EMU128 || target == HWY_SCALAR;
}

bool has_name(std::int64_t target, std::string_view name) {
    return same_word(name, hwy::TargetName(target)) || (is_scalar(target) && same_word(name, "scalar"));
}

std::string list(const std::vector<std::int64_t>& targets) {
    std::string names;
    for (const std::int64_t target : targets)
        names += fmt::format("{}{}{}", names.empty() ? "" : ", ", hwy::TargetName(target),
                             is_scalar(target) ? " (or scalar)" : "");
    return names;
}

/// All that this machine runs and that there are kernels for, whichever is in use.
const std::vector<std::int64_t>& runnable() {
    static const std::vector<std::int64_t> targets = hwy::SupportedAndGeneratedTargets();
    return targets;
}

/// 0 until somebody asks: to ask the chip costs some ten microseconds on a virtual machine.
std::atomic<std::int64_t> in_use = 0;

/// What is wrong with the environment variable; "" where nothing is.
std::string apply_variable() {
    const char* const name = std::getenv(kVariable);
    if (name == nullptr || *name == '\0') return "";
    try {
        use_simd_target(name);
        return "";
    } catch (const Error& error) {
        return fmt::format("{}: {}", kVariable, error.what());
    }
}

}  // namespace

std::vector<std::string> simd_targets() {
    std::vector<std::string> names;
    for (const std::int64_t target : runnable()) names.emplace_back(hwy::TargetName(target));
    return names;
}

void use_simd_target(std::string_view name) {
    const auto wanted =
        std::ranges::find_if(runnable(), [name](std::int64_t target) { return has_name(target, name); });
    if (wanted == runnable().end())
        throw Error(ErrorKind::usage,
                    fmt::format("this machine cannot run the SIMD target '{}'; it can run: {}", name,
                                list(runnable())));
    hwy::SetSupportedTargetsForTest(*wanted);
    hwy::GetChosenTarget().Update(*wanted);
    in_use.store(*wanted, std::memory_order_relaxed);
}

void choose_simd_target() {
    static const std::string problem = apply_variable();
    if (!problem.empty()) throw Error(ErrorKind::usage, problem);
}

bool runs_avx512() {
    choose_simd_target();
    std::int64_t target = in_use.load(std::memory_order_relaxed);
    if (target == 0) in_use.store(target = runnable().front(), std::memory_order_relaxed);
    // Bits of better targets are lower.
    return target <= HWY_AVX3;
}

}  // namespace thalweg
