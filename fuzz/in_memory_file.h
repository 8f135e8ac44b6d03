#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace thalweg::fuzz {

/// Bytes as a file that has a path but no place on a disk: what is read by its path takes it like any other.
class InMemoryFile {
  public:
    InMemoryFile(const std::uint8_t* bytes, std::size_t size) : descriptor_(::memfd_create("input", 0)) {
        if (::write(descriptor_, bytes, size) != static_cast<ssize_t>(size)) __builtin_trap();
    }
    ~InMemoryFile() { ::close(descriptor_); }
    InMemoryFile(const InMemoryFile&) = delete;
    InMemoryFile& operator=(const InMemoryFile&) = delete;

    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  private:
    int descriptor_;
};

}  // namespace thalweg::fuzz
