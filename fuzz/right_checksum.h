#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "model/safetensors.h"

namespace thalweg::fuzz {

/// The safetensors file with a checksum that is right, since what is wrong behind it is looked for. Throws
/// Error{model} where the container itself is damaged.
inline std::string with_right_checksum(std::string_view bytes) {
    static const std::string kChecksum = "thalweg.checksum";
    Safetensors file = read_safetensors(bytes, "f");
    std::vector<std::vector<float>> elements;
    std::vector<Tensor> tensors;
    for (const auto& [name, entry] : file.tensors) {
        std::vector<float>& copy = elements.emplace_back(entry.bytes.size() / sizeof(float));
        if (!copy.empty()) std::memcpy(copy.data(), entry.bytes.data(), entry.bytes.size());
        tensors.push_back({name, entry.shape, copy});
    }
    file.metadata.erase(kChecksum);
    return write_safetensors(tensors, file.metadata, kChecksum);
}

}  // namespace thalweg::fuzz
