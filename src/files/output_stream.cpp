#include "files/output_stream.h"

#include <string_view>

namespace thalweg {

arrow::Status OutputStream::Write(const void* data, std::int64_t bytes) {
    try {
        file_.write(std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(bytes)));
    } catch (...) {
        error_ = std::current_exception();
        return arrow::Status::IOError("the file could not be written");
    }
    position_ += bytes;
    return arrow::Status::OK();
}

arrow::Status OutputStream::Close() {
    closed_ = true;
    return arrow::Status::OK();
}

}  // namespace thalweg
