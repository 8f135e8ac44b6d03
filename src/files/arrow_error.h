#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <string>
#include <string_view>
#include <utility>

namespace thalweg {

/// Arrow's errors as ours: `what` ("houses.parquet: the file is damaged") and Arrow's words in brackets.
/// Memory that could not be had is Error{io}, everything else Error{data}.
[[noreturn]] void throw_arrow_error(const arrow::Status& status, std::string_view what);

/// Arrow's words without the trace of its source files that some go on with.
std::string detail_of(const arrow::Status& status);

inline void check(const arrow::Status& status, std::string_view what) {
    if (!status.ok()) throw_arrow_error(status, what);
}

template <class T>
T value_of(arrow::Result<T> result, std::string_view what) {
    if (!result.ok()) throw_arrow_error(result.status(), what);
    return std::move(result).ValueUnsafe();
}

}  // namespace thalweg
