#include "files/arrow_error.h"

#include <fmt/format.h>

#include "thalweg/error.hpp"

namespace thalweg {

std::string detail_of(const arrow::Status& status) {
    return status.message().substr(0, status.message().find('\n'));
}

void throw_arrow_error(const arrow::Status& status, std::string_view what) {
    const std::string message = fmt::format("{} ({})", what, detail_of(status));
    if (status.IsOutOfMemory()) throw Error(ErrorKind::io, fmt::format("not enough memory: {}", message));
    // A thread that cannot be started, say: not the data's fault.
    if (status.IsUnknownError()) throw Error(ErrorKind::io, message);
    throw Error(ErrorKind::data, message);
}

}  // namespace thalweg
