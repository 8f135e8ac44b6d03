#include "model/model_json.h"
#include "thalweg/error.hpp"

using namespace thalweg;

/// The metadata of a model file: the columns, and behind a zero byte the target. Refused as a model, or read,
/// and then written so that it reads back as the same.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    const std::size_t split = std::min(text.find('\0'), text.size());
    try {
        const std::string written = to_json(preprocessor_from(text.substr(0, split), "columns")).dump();
        if (to_json(preprocessor_from(written, "columns")).dump() != written) __builtin_trap();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::model) __builtin_trap();
    }
    if (split == text.size()) return 0;
    try {
        const std::string written = to_json(target_coder_from(text.substr(split + 1), "target")).dump();
        if (to_json(target_coder_from(written, "target")).dump() != written) __builtin_trap();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::model) __builtin_trap();
    }
    return 0;
}
