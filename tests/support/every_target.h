#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/simd_target.h"

namespace thalweg::test {

/// Runs `work` with each SIMD target of this machine, the scalar one first, and leaves the best in use.
inline void for_every_target(const std::function<void(const std::string&)>& work) {
    std::vector<std::string> targets = simd_targets();
    for (auto target = targets.rbegin(); target != targets.rend(); ++target) {
        use_simd_target(*target);
        work(*target);
    }
}

}  // namespace thalweg::test
