#include "insight/event_file.h"

#include <array>
#include <bit>

namespace thalweg {
namespace {

/// The remainders of all bytes by the polynomial, bits reflected.
constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0x82F63B78U : 0U);
        table[byte] = rest;
    }
    return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

/// A checksum of data that holds checksums is weak: TFRecord stores it turned and shifted.
std::uint32_t masked_crc32c(std::string_view bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return std::rotr(crc, 15) + 0xA282EAD8U;
}

template <class Integer>
std::string little_endian(Integer value) {
    std::string bytes;
    for (std::size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
    return bytes;
}

// Protocol buffers: a field is its number and wire type, then its value.

std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7F));
    return bytes + static_cast<char>(value);
}

std::string field(int number, int wire_type, std::string_view value) {
    return varint(static_cast<std::uint64_t>(number << 3 | wire_type)) + std::string(value);
}
std::string number_field(int number, double value) {
    return field(number, 1, little_endian(std::bit_cast<std::uint64_t>(value)));
}
std::string number_field(int number, float value) {
    return field(number, 5, little_endian(std::bit_cast<std::uint32_t>(value)));
}
std::string number_field(int number, std::int64_t value) {
    return field(number, 0, varint(static_cast<std::uint64_t>(value)));
}
std::string bytes_field(int number, std::string_view value) {
    return field(number, 2, varint(value.size()) + std::string(value));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

EventFile::EventFile(double time) {
    add_record(number_field(1, time) + bytes_field(3, "brain.Event:2"));
}

void EventFile::add(double time, std::int64_t step,
                    const std::vector<std::pair<std::string, double>>& numbers) {
    std::string summary;
    for (const auto& [tag, value] : numbers)
        summary += bytes_field(1, bytes_field(1, tag) + number_field(2, static_cast<float>(value)));
    add_record(number_field(1, time) + number_field(2, step) + bytes_field(5, summary));
}

void EventFile::add_record(std::string_view message) {
    const std::string length = little_endian(static_cast<std::uint64_t>(message.size()));
    bytes_ += length + little_endian(masked_crc32c(length));
    bytes_ += message;
    bytes_ += little_endian(masked_crc32c(message));
}

}  // namespace thalweg
