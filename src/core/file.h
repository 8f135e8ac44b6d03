#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace thalweg {

/// A file that is being written. Whoever gets one may write to it and leave the rest to its giver.
class OutputFile {
  public:
    OutputFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

    /// Throws Error{io}: the disk is full, the device fails.
    void write(std::string_view bytes);
    /// For libraries that write by themselves; it stays open.
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
    std::string name_;
};

/// Makes or replaces the file `path` as a whole: `write` fills a file beside it, which then reaches the disk
/// and takes its name. Where anything throws, the file beside is gone and the old one is as it was. A link
/// stays a link; a device or pipe ("/dev/stdout") is written directly. Throws Error{io}, and what `write`
/// throws.
void write_file_atomically(const std::filesystem::path& path, const std::function<void(OutputFile&)>& write);
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same, with the file's name for messages; "-" is standard output, written directly.
void write_file_or_output(const std::filesystem::path& path,
                          const std::function<void(OutputFile&, const std::string& name)>& write);

/// Deletes the files beside others that are being written, for a process that ends in the midst of it. A
/// signal handler may call it.
void remove_unfinished_files() noexcept;

/// Says before the work whether `write_file_atomically` can write there after it; leaves nothing behind,
/// and removes what a process that was killed left there.
/// Throws Error{io}: no such folder, a folder, not permitted, no space for a file.
void check_writable(const std::filesystem::path& path);

/// Throws Error{io} unless `path` is something to read: it is missing (offers the nearest names of that
/// folder), a folder, or not permitted. `noun` is what it should be: "table", "model".
void check_readable(const std::filesystem::path& path, std::string_view noun);

/// The bytes of a file. Throws Error{io}, as `check_readable` does.
std::string read_file(const std::filesystem::path& path, std::string_view noun);

}  // namespace thalweg
