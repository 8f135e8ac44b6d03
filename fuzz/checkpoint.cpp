#include "model/checkpoint_file.h"
#include "right_checksum.h"
#include "thalweg/error.hpp"

using namespace thalweg;

/// A checkpoint, its checksum made right: refused as a model, or read, and written so that it reads back as
/// the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(bytes), size);
    try {
        const std::string once =
            checkpoint_bytes(checkpoint_from_bytes(fuzz::with_right_checksum(file), "f"));
        if (checkpoint_bytes(checkpoint_from_bytes(once, "f")) != once) __builtin_trap();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::model) __builtin_trap();
    }
    return 0;
}
