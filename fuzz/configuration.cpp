#include "cli/config.h"
#include "in_memory_file.h"
#include "model/option_table.h"
#include "thalweg/error.hpp"

using namespace thalweg;

/// A TOML file of flags: refused as usage, with the file's name, or taken.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const fuzz::InMemoryFile file(bytes, size);
    static TrainOptions options;
    static const std::vector<Option> bound = bind_options(options);
    options = {};
    try {
        cli::read_config(file.path(), bound);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) __builtin_trap();
    }
    return 0;
}
