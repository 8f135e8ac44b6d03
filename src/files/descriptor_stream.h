#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace thalweg {

/// An open file, pipe or standard input, closed with its last user. What a pipe has given can be recorded, so
/// that it can be read once more.
struct Descriptor {
    explicit Descriptor(int open_number) : number(open_number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    int number;
    bool recorded = false;
    std::deque<std::string> recording;
};

/// Reads from where the descriptor stands; where it is recorded, from its start. (Arrow's own file insists on
/// a size, which a pipe has not.)
class DescriptorStream : public arrow::io::InputStream {
  public:
    explicit DescriptorStream(std::shared_ptr<Descriptor> descriptor) : descriptor_(std::move(descriptor)) {}

    arrow::Status Close() override;
    bool closed() const override { return closed_; }
    arrow::Result<std::int64_t> Tell() const override { return position_; }
    /// As many bytes as asked for, fewer only at the end.
    arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override;
    arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override;

  private:
    arrow::Result<std::int64_t> read_some(char* out, std::int64_t bytes);
    arrow::Status record(std::string_view bytes);
    std::int64_t replay(char* out, std::int64_t bytes);

    std::shared_ptr<Descriptor> descriptor_;
    std::size_t piece_ = 0;         ///< of the recording, to be replayed next
    std::size_t piece_offset_ = 0;  ///< in it
    bool closed_ = false;
    std::int64_t position_ = 0;
};

}  // namespace thalweg
