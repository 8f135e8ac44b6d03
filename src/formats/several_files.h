#pragma once

#include <functional>
#include <string>
#include <vector>

#include "formats/file_kind.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// A file that was read, and whether it may be read again with other types.
struct FilePart {
    std::string path;
    FileKind kind = FileKind::text;
    bool repeatable = false;
    Table table;
};

/// Who opens files.
struct FileReader {
    std::function<FilePart(const std::string& path, const ReadOptions& options)> part;
    std::function<std::vector<double>(const std::string& path)> labels;
};

/// The rows of all files as one table, and the labels of images beside them, as `read_table` promises.
Table read_files(const std::vector<std::string>& paths, const ReadOptions& options, const FileReader& reader);

}  // namespace thalweg
