#include "data/descriptor_stream.h"

#include <arrow/buffer.h>
#include <arrow/status.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace thalweg {

DescriptorStream::~DescriptorStream() {
    if (!closed_ && descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

arrow::Status DescriptorStream::Close() {
    if (!closed_ && descriptor_ != STDIN_FILENO) ::close(descriptor_);
    closed_ = true;
    return arrow::Status::OK();
}

arrow::Result<std::int64_t> DescriptorStream::Read(std::int64_t bytes, void* out) {
    auto* to = static_cast<char*>(out);
    std::int64_t total = 0;
    while (total < bytes) {
        const ssize_t got = ::read(descriptor_, to + total, static_cast<std::size_t>(bytes - total));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return arrow::Status::IOError(std::strerror(errno));
        if (got == 0) break;
        total += got;
    }
    position_ += total;
    return total;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> DescriptorStream::Read(std::int64_t bytes) {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(bytes));
    ARROW_ASSIGN_OR_RAISE(const std::int64_t got, Read(bytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(got));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

}  // namespace thalweg
