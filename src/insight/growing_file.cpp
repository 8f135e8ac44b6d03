#include "insight/growing_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// A write takes a microsecond or two, as long as a step of a small network; this many bytes share it.
constexpr std::size_t kMuch = 1 << 16;

}  // namespace

GrowingFile::GrowingFile(std::filesystem::path path) : path_(std::move(path)) {}

GrowingFile::~GrowingFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : path_(std::move(other.path_)),
      waiting_(std::move(other.waiting_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      failure_(std::move(other.failure_)) {}

GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(waiting_, other.waiting_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(failure_, other.failure_);
    return *this;
}

void GrowingFile::append(std::string_view bytes) {
    waiting_ += bytes;
    if (waiting_.size() >= kMuch) flush();
}

void GrowingFile::flush() {
    if (failure_.empty()) {
        try {
            write_out();
        } catch (const Error& error) {
            failure_ = error.what();
        }
    }
    waiting_.clear();
}

void GrowingFile::write_out() {
    if (descriptor_ < 0) {
        constexpr mode_t kReadableByAll = 0644;
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kReadableByAll);
        if (descriptor_ < 0)
            throw Error(ErrorKind::io,
                        fmt::format("cannot write '{}': {}", path_.string(), std::strerror(errno)));
    }
    OutputFile(descriptor_, path_.string()).write(waiting_);
}

void GrowingFile::finish() {
    flush();
    if (!failure_.empty()) throw Error(ErrorKind::io, failure_);
}

}  // namespace thalweg
