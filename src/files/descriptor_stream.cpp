#include "files/descriptor_stream.h"

#include <arrow/buffer.h>
#include <arrow/status.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace thalweg {

Descriptor::~Descriptor() {
    if (number != STDIN_FILENO) ::close(number);
}

arrow::Status DescriptorStream::Close() {
    closed_ = true;
    return arrow::Status::OK();
}

std::int64_t DescriptorStream::replay(char* out, std::int64_t bytes) {
    if (piece_ == descriptor_->recording.size()) return 0;
    const std::string& piece = descriptor_->recording[piece_];
    const std::size_t copied = piece.copy(out, static_cast<std::size_t>(bytes), piece_offset_);
    piece_offset_ += copied;
    if (piece_offset_ == piece.size()) {
        ++piece_;
        piece_offset_ = 0;
    }
    return static_cast<std::int64_t>(copied);
}

/// Arrow reads on threads of its own, which no exception may leave.
arrow::Status DescriptorStream::record(std::string_view bytes) {
    try {
        descriptor_->recording.emplace_back(bytes);
    } catch (const std::bad_alloc&) {
        return arrow::Status::OutOfMemory("what a pipe gives is kept until its types are known");
    }
    ++piece_;
    return arrow::Status::OK();
}

arrow::Result<std::int64_t> DescriptorStream::read_some(char* out, std::int64_t bytes) {
    if (const std::int64_t replayed = replay(out, bytes); replayed > 0) return replayed;
    while (true) {
        const ssize_t got = ::read(descriptor_->number, out, static_cast<std::size_t>(bytes));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return arrow::Status::IOError(std::strerror(errno));
        if (got > 0 && descriptor_->recorded)
            ARROW_RETURN_NOT_OK(record({out, static_cast<std::size_t>(got)}));
        return got;
    }
}

arrow::Result<std::int64_t> DescriptorStream::Read(std::int64_t bytes, void* out) {
    std::int64_t total = 0;
    while (total < bytes) {
        ARROW_ASSIGN_OR_RAISE(const std::int64_t got,
                              read_some(static_cast<char*>(out) + total, bytes - total));
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
