#pragma once

#include "in_memory_file.h"
#include "thalweg/table.hpp"

namespace thalweg::fuzz {

/// Reads the bytes as a table: refused as data, or a table whose columns are as long as it says and whose
/// codes are in their dictionary.
inline void read_as_table(const std::uint8_t* bytes, std::size_t size, const ReadOptions& options = {}) {
    const InMemoryFile file(bytes, size);
    try {
        const Table table = read_table({file.path()}, options);
        for (const Column& column : table.columns()) {
            if (column.rows() != table.rows()) __builtin_trap();
            for (const std::uint32_t code : column.codes)
                if (code != Column::kMissingCode && code >= column.dictionary.size()) __builtin_trap();
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::usage && !options.delimiter) __builtin_trap();
    }
}

}  // namespace thalweg::fuzz
