#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thalweg {

/// CRC-32C (Castagnoli; RFC 3720, B.4) of the bytes.
std::uint32_t crc32c(std::string_view bytes);

/// The bytes of an event file of TensorBoard: records of a length, its checksum, an Event message of protocol
/// buffers and its checksum. Source: tensorboard/compat/proto/{event,summary}.proto and TFRecord.
class EventFile {
  public:
    /// Begins with the version that a reader looks for. time: seconds since 1970.
    explicit EventFile(double time);
    /// Numbers of one step, each under its tag: "loss/training".
    void add(double time, std::int64_t step, const std::vector<std::pair<std::string, double>>& numbers);
    /// What was added since the last call.
    std::string take() { return std::exchange(bytes_, {}); }

  private:
    void add_record(std::string_view message);

    std::string bytes_;
};

}  // namespace thalweg
