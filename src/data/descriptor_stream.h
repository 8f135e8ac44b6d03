#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>

namespace thalweg {

/// Reads a file, a pipe or standard input from where it stands. (Arrow's own file insists on a size, which a
/// pipe has not.)
class DescriptorStream : public arrow::io::InputStream {
  public:
    /// Takes the descriptor and closes it, unless it is standard input.
    explicit DescriptorStream(int descriptor) : descriptor_(descriptor) {}
    ~DescriptorStream() override;

    arrow::Status Close() override;
    bool closed() const override { return closed_; }
    arrow::Result<std::int64_t> Tell() const override { return position_; }
    /// As many bytes as asked for, fewer only at the end.
    arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override;
    arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override;

  private:
    int descriptor_;
    bool closed_ = false;
    std::int64_t position_ = 0;
};

}  // namespace thalweg
