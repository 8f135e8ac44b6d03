#include <arrow/buffer.h>
#include <fmt/format.h>

#include <new>
#include <stdexcept>
#include <utility>

#include "files/readers.h"
#include "formats/idx.h"
#include "formats/several_files.h"
#include "thalweg/table.hpp"

namespace thalweg {
namespace {

Table read_one(Input input, const ReadOptions& options) {
    if (input.kind == FileKind::text) return read_csv(std::move(input), options);
    if (input.kind != FileKind::idx) return read_columnar(std::move(input));
    const std::shared_ptr<arrow::Buffer> content = whole_content(input);
    return read_idx(std::string_view(*content), input.name);
}

FilePart read_part(const std::string& path, const ReadOptions& options) {
    Input input = open_input(path);
    FilePart part{path, input.kind, !input.descriptor->recorded, {}};
    try {
        part.table = read_one(std::move(input), options);
    } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::io, fmt::format("not enough memory for the table '{}'", name_of_path(path)));
    } catch (const std::length_error&) {
        throw Error(ErrorKind::io, fmt::format("not enough memory for the table '{}'", name_of_path(path)));
    }
    return part;
}

std::vector<double> read_labels(const std::string& path) {
    Input input = open_input(path);
    const std::shared_ptr<arrow::Buffer> content = whole_content(input);
    return read_idx_labels(std::string_view(*content), input.name);
}

}  // namespace

Table read_table(const std::vector<std::string>& paths, const ReadOptions& options) {
    return read_files(paths, options, {read_part, read_labels});
}

}  // namespace thalweg
