#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/file.h"

namespace thalweg {

/// A file that others read while it grows. It replaces what was there with its first flush, so that work
/// which never begins leaves all as it was. What cannot be written ends the file and not the work: it is told
/// by `finish`.
class GrowingFile {
  public:
    explicit GrowingFile(std::filesystem::path path);
    ~GrowingFile();
    GrowingFile(GrowingFile&&) noexcept;
    GrowingFile& operator=(GrowingFile&&) noexcept;

    /// Held back until there is much of it, or a flush.
    void append(std::string_view bytes);
    void flush();
    /// Throws Error{io}: not all of it could be written.
    void finish();

  private:
    void write_out();

    std::filesystem::path path_;
    std::string waiting_;
    int descriptor_ = -1;
    std::string failure_;
};

}  // namespace thalweg
