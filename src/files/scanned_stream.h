#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include "formats/csv_scanner.h"

namespace thalweg {

/// Hands bytes on to Arrow after the scanner has seen them. What the scanner throws ends the reading and is
/// kept, since Arrow only knows its own errors.
class ScannedStream : public arrow::io::InputStream {
  public:
    ScannedStream(std::shared_ptr<arrow::io::InputStream> raw, CsvScanner scanner)
        : raw_(std::move(raw)), scanner_(std::move(scanner)) {}

    arrow::Status Close() override { return raw_->Close(); }
    bool closed() const override { return raw_->closed(); }
    arrow::Result<std::int64_t> Tell() const override { return raw_->Tell(); }

    arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override {
        ARROW_ASSIGN_OR_RAISE(const std::int64_t got, raw_->Read(bytes, out));
        ARROW_RETURN_NOT_OK(scan({static_cast<const char*>(out), static_cast<std::size_t>(got)}));
        return got;
    }
    arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override {
        ARROW_ASSIGN_OR_RAISE(auto buffer, raw_->Read(bytes));
        ARROW_RETURN_NOT_OK(scan(std::string_view(*buffer)));
        return buffer;
    }

    const CsvScanner& scanner() const { return scanner_; }
    void throw_scanner_error() const {
        if (error_) std::rethrow_exception(error_);
    }

  private:
    arrow::Status scan(std::string_view bytes) {
        if (error_) return arrow::Status::Invalid("stopped");
        try {
            if (!bytes.empty()) {
                scanner_.scan(bytes);
            } else if (!finished_) {
                finished_ = true;
                scanner_.finish();
            }
        } catch (...) {
            error_ = std::current_exception();
            return arrow::Status::Invalid("stopped");
        }
        return arrow::Status::OK();
    }

    std::shared_ptr<arrow::io::InputStream> raw_;
    CsvScanner scanner_;
    std::exception_ptr error_;
    bool finished_ = false;
};

}  // namespace thalweg
