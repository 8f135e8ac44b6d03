#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace thalweg {

/// A stream whose reader may ask for as many bytes as a damaged file speaks of: memory grows with the bytes
/// that are there. Arrow's own streams take all of it first.
class GrowingStream : public arrow::io::InputStream {
  public:
    explicit GrowingStream(std::shared_ptr<arrow::io::InputStream> below) : below_(std::move(below)) {}

    arrow::Status Close() override { return below_->Close(); }
    bool closed() const override { return below_->closed(); }
    arrow::Result<std::int64_t> Tell() const override { return below_->Tell(); }
    arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override {
        return below_->Read(bytes, out);
    }
    arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override {
        constexpr std::int64_t kFirst = 1 << 22;
        std::int64_t got = 0;
        ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(std::min(bytes, kFirst)));
        while (true) {
            const std::int64_t wanted = buffer->size() - got;
            ARROW_ASSIGN_OR_RAISE(const std::int64_t more, Read(wanted, buffer->mutable_data() + got));
            got += more;
            if (more < wanted || got == bytes) break;
            ARROW_RETURN_NOT_OK(buffer->Resize(std::min(bytes, 2 * got), false));
        }
        ARROW_RETURN_NOT_OK(buffer->Resize(got));
        return std::shared_ptr<arrow::Buffer>(std::move(buffer));
    }

  private:
    std::shared_ptr<arrow::io::InputStream> below_;
};

}  // namespace thalweg
