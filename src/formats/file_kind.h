#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace thalweg {

/// What the first bytes of a file say it is, below gzip and zstd.
enum class FileKind { text, parquet, arrow_file, arrow_stream, idx };
enum class Packing { none, gzip, zstd };

/// As many first bytes tell both.
inline constexpr std::int64_t kMagicBytes = 32;

Packing packing_of(std::string_view start);
/// `start`: unpacked; `name`: the file's. Throws Error{data} for kinds of file that are no table:
/// spreadsheets, UTF-16, ...
FileKind file_kind(std::string_view start, const std::string& name);

/// "standard input" for "-", else the path.
std::string name_of_path(const std::string& path);

}  // namespace thalweg
