#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdint>
#include <exception>

#include "core/file.h"

namespace thalweg {

/// An OutputFile as Arrow wants it. Its errors are kept, since Arrow only knows its own.
class OutputStream : public arrow::io::OutputStream {
  public:
    explicit OutputStream(OutputFile& file) : file_(file) {}

    using arrow::io::OutputStream::Write;
    arrow::Status Write(const void* data, std::int64_t bytes) override;
    arrow::Status Close() override;
    bool closed() const override { return closed_; }
    arrow::Result<std::int64_t> Tell() const override { return position_; }

    void throw_file_error() const {
        if (error_) std::rethrow_exception(error_);
    }

  private:
    OutputFile& file_;
    std::int64_t position_ = 0;
    bool closed_ = false;
    std::exception_ptr error_;
};

}  // namespace thalweg
