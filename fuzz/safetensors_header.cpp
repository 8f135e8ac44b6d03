#include "model/safetensors.h"
#include "thalweg/error.hpp"

/// The container of a model file: taken apart or refused, and every tensor lies inside the file.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(bytes), size);
    try {
        for (const auto& [name, entry] : thalweg::read_safetensors(file, "f").tensors) {
            std::size_t elements = 1;
            for (const std::size_t length : entry.shape) elements *= length;
            const char* end = entry.bytes.data() + entry.bytes.size();
            if (entry.bytes.size() != 4 * elements || (elements > 0 && end > file.data() + size))
                __builtin_trap();
        }
    } catch (const thalweg::Error& error) {
        if (error.kind() != thalweg::ErrorKind::model) __builtin_trap();
    }
    return 0;
}
