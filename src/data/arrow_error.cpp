#include "data/arrow_error.h"

#include <fmt/format.h>

#include "thalweg/error.hpp"

namespace thalweg {

void throw_arrow_error(const arrow::Status& status, std::string_view what) {
    // Some of Arrow's messages go on with a trace of its source files.
    const std::string detail = status.message().substr(0, status.message().find('\n'));
    const std::string message = fmt::format("{} ({})", what, detail);
    if (status.IsOutOfMemory()) throw Error(ErrorKind::io, fmt::format("not enough memory: {}", message));
    throw Error(ErrorKind::data, message);
}

}  // namespace thalweg
