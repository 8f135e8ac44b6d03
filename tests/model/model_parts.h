#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "model/safetensors.h"
#include "model/small_model.h"
#include "support/expect_error.h"

namespace thalweg::testing {

inline constexpr const char* kSource = "model.safetensors";
using Metadata = std::map<std::string, std::string>;

inline Model reload(const Model& model) {
    return model_from_bytes(model_bytes(model), kSource);
}

/// The metadata and tensors of a sound file, to be spoilt one by one and written with a right checksum.
struct Parts {
    Model model;  ///< whose memory the tensors are
    Metadata metadata;
    std::vector<Tensor> tensors;

    explicit Parts(Model sound) : model(std::move(sound)) {
        const std::string bytes = model_bytes(model);
        metadata = read_safetensors(bytes, kSource).metadata;
        for (std::size_t layer = 1; layer <= model.network().layers(); ++layer) {
            const auto weights = model.network().weights(layer);
            tensors.push_back({"layer." + std::to_string(layer) + ".weights",
                               {weights.rows, weights.cols},
                               {weights.data, weights.rows * weights.cols}});
            tensors.push_back(
                {"layer." + std::to_string(layer) + ".bias", {weights.rows}, model.network().bias(layer)});
        }
    }
    std::string bytes() const { return write_safetensors(tensors, metadata, "thalweg.checksum"); }
};

/// A file of this header, which need not be sound, and `data` bytes of zeros.
inline std::string with_header(const std::string& header, std::size_t data = 0) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + std::string(data, '\0');
}

inline void expect_refused(const std::string& bytes, const std::string& part) {
    thalweg::test::expect_error(ErrorKind::model, part, [&] { model_from_bytes(bytes, kSource); });
}

}  // namespace thalweg::testing
