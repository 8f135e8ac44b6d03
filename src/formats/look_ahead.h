#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace thalweg {

/// The bytes of a file that come next, whoever has opened it.
struct LookAhead {
    std::string name;                                    ///< of the file, for messages
    std::function<std::string_view(std::int64_t)> peek;  ///< up to so many, without taking them
    std::function<void(std::int64_t)> skip;              ///< takes so many away
};

}  // namespace thalweg
