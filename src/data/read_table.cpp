#include <fmt/format.h>

#include <new>
#include <stdexcept>

#include "data/readers.h"
#include "thalweg/table.hpp"

namespace thalweg {
namespace {

Table read_file(const std::string& path, const ReadOptions& options) {
    Input input = open_input(path);
    switch (input.kind) {
        case FileKind::text:
            return read_csv(std::move(input), options);
        default:
            throw Error(ErrorKind::data, "soon");
    }
}

}  // namespace

Table read_table(const std::vector<std::string>& paths, const ReadOptions& options) {
    return read_file(paths.at(0), options);
}

}  // namespace thalweg
