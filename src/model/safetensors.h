#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"

namespace thalweg {

// The container of a model file: safetensors, https://github.com/huggingface/safetensors. Eight bytes with
// the length of the header (little-endian), the header (one JSON object, padded with spaces to a multiple of
// eight), then the tensors, raw and little-endian, without gaps.

/// A tensor of float32 whose elements somebody else owns.
struct Tensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::span<const float> elements;
};

/// The bytes of a file. Its metadata gets one more key, `checksum_key`: the checksum over the whole file with
/// its own digits written as zeros. Texts are UTF-8.
std::string write_safetensors(const std::vector<Tensor>& tensors,
                              const std::map<std::string, std::string>& metadata,
                              const std::string& checksum_key);
/// The same, written without a copy of the tensors. Throws Error{io}.
void write_safetensors(OutputFile& file, const std::vector<Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata, const std::string& checksum_key);

/// A file that has been taken apart and found sound as far as the container goes.
struct Safetensors {
    struct Entry {
        std::vector<std::size_t> shape;
        std::string_view bytes;  ///< of the file that was read: as many floats as the shape says
    };
    std::map<std::string, std::string> metadata;
    std::map<std::string, Entry> tensors;
    std::string_view header;  ///< as it stands in the file
};

/// Every length is checked before it is used. `source` names the file in messages; `bytes` must outlive the
/// result. Throws Error{model}: cut, not a safetensors file, damaged. Does not look at the checksum, whose
/// place depends on the format that the metadata speaks of: see verify_checksum.
Safetensors read_safetensors(std::string_view bytes, const std::string& source);

/// Throws Error{model} where the checksum under `checksum_key` is missing or another.
void verify_checksum(std::string_view bytes, const Safetensors& file, const std::string& checksum_key,
                     const std::string& source);

/// "64 x 30"
std::string shape_text(std::span<const std::size_t> shape);

}  // namespace thalweg
