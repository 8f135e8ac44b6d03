#include "model/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/memory.h"
#include "model/checksum.h"
#include "model/json_text.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensors are stored as this machine keeps them");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kHeaderAlignment = 8;
constexpr std::string_view kMetadata = "__metadata__";
constexpr std::string_view kNoDigits = "0000000000000000";

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
    throw Error(ErrorKind::model, source + ": " + what);
}

/// Where the digits of the checksum begin in a header that was written here. A text inside the JSON cannot
/// look like this: its quotes would be escaped.
std::size_t find_digits(std::string_view header, const std::string& checksum_key) {
    const std::string before = "\"" + checksum_key + "\":\"";
    const std::size_t at = header.find(before);
    return at == std::string_view::npos ? at : at + before.size();
}

std::string header_text(const std::vector<Tensor>& tensors, std::map<std::string, std::string> metadata,
                        const std::string& checksum_key) {
    metadata[checksum_key] = kNoDigits;
    json header;
    header[kMetadata] = metadata;
    std::size_t begin = 0;
    for (const Tensor& tensor : tensors) {
        const std::size_t end = begin + tensor.elements.size_bytes();
        header[tensor.name] = {
            {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", std::array{begin, end}}};
        begin = end;
    }
    std::string text = header.dump();
    text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
    return text;
}

std::string_view bytes_of(const Tensor& tensor) {
    return {reinterpret_cast<const char*>(tensor.elements.data()), tensor.elements.size_bytes()};
}

/// All that stands before the tensors, with the checksum over both.
std::string sealed_header(const std::vector<Tensor>& tensors,
                          const std::map<std::string, std::string>& metadata,
                          const std::string& checksum_key) {
    const std::string header = header_text(tensors, metadata, checksum_key);
    const std::uint64_t length = header.size();
    std::string bytes(kLengthBytes, '\0');
    std::memcpy(bytes.data(), &length, kLengthBytes);
    bytes += header;
    std::uint64_t sum = checksum(bytes);
    for (const Tensor& tensor : tensors) sum = checksum(bytes_of(tensor), sum);
    const std::string digits = checksum_text(sum);
    bytes.replace(kLengthBytes + find_digits(header, checksum_key), digits.size(), digits);
    return bytes;
}

std::uint64_t header_length(std::string_view bytes, const std::string& source) {
    if (bytes.empty()) refuse(source, "the file is empty");
    std::uint64_t length = 0;
    if (bytes.size() < kLengthBytes)
        refuse(source, fmt::format("the file has only {} bytes and is no model; was it cut?", bytes.size()));
    std::memcpy(&length, bytes.data(), kLengthBytes);
    if (length > bytes.size() - kLengthBytes)
        refuse(source, fmt::format("the file has {} bytes, but its header alone would take {}; was it cut, "
                                   "or is it no safetensors file?",
                                   bytes.size(), length));
    return length;
}

json parse_header(std::string_view header, const std::string& source) {
    json parsed = parse_json(header);
    if (!parsed.is_object())
        refuse(source, "the header is not a JSON object; the file is damaged or no safetensors file");
    return parsed;
}

std::map<std::string, std::string> read_metadata(const json& header, const std::string& source) {
    std::map<std::string, std::string> metadata;
    const auto found = header.find(kMetadata);
    if (found == header.end()) return metadata;
    if (!found->is_object()) refuse(source, "the metadata is not a JSON object; is the file damaged?");
    for (const auto& [key, value] : found->items()) {
        if (!value.is_string())
            refuse(source, fmt::format("the metadata '{}' is not a text; is the file damaged?", key));
        metadata.emplace(key, value.get<std::string>());
    }
    return metadata;
}

/// An entry of the header: a shape and a range of bytes that belong together.
struct Range {
    std::vector<std::size_t> shape;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string name;
};

std::optional<std::vector<std::size_t>> sizes(const json& entry, const char* key) {
    const auto list = entry.find(key);
    if (list == entry.end() || !list->is_array()) return std::nullopt;
    std::vector<std::size_t> values;
    for (const json& value : *list) {
        if (!value.is_number_unsigned()) return std::nullopt;
        values.push_back(value.get<std::size_t>());
    }
    return values;
}

std::optional<std::size_t> byte_count(std::span<const std::size_t> shape) {
    std::optional<std::size_t> count = sizeof(float);
    for (const std::size_t size : shape) {
        count = checked_product(*count, size);
        if (!count) break;
    }
    return count;
}

Range read_range(const std::string& name, const json& entry, const std::string& source) {
    const auto fail = [&](const std::string& what) {
        refuse(source, fmt::format("tensor {}: {}; is the file damaged?", name, what));
    };
    if (!entry.is_object()) fail("its entry is not a JSON object");
    if (entry.value("dtype", json()) != "F32") fail("it is not of the type F32");
    const auto shape = sizes(entry, "shape");
    const auto offsets = sizes(entry, "data_offsets");
    if (!shape) fail("its shape is not a list of sizes");
    if (!offsets || offsets->size() != 2 || offsets->front() > offsets->back())
        fail("its data_offsets are not a begin and an end");
    if (byte_count(*shape) != offsets->back() - offsets->front())
        fail(fmt::format("a shape of {} does not fit {} bytes", shape_text(*shape),
                         offsets->back() - offsets->front()));
    return {*shape, offsets->front(), offsets->back(), name};
}

/// Tensors follow one another without gaps and fill the file: no byte is left unread or read twice.
void check_cover(std::vector<Range> ranges, std::size_t data_bytes, const std::string& source) {
    std::ranges::sort(ranges, [](const Range& a, const Range& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::size_t covered = 0;
    for (const Range& range : ranges) {
        if (range.begin != covered)
            refuse(source, fmt::format("tensor {} begins at byte {}, the one before it ends at {}; is the "
                                       "file damaged?",
                                       range.name, range.begin, covered));
        covered = range.end;
    }
    if (covered != data_bytes)
        refuse(source, fmt::format("the header speaks of {} bytes of tensors, the file has {}; was the file "
                                   "{}?",
                                   covered, data_bytes, covered > data_bytes ? "cut" : "added to"));
}

}  // namespace

std::string shape_text(std::span<const std::size_t> shape) {
    return shape.empty() ? "one number" : fmt::format("{}", fmt::join(shape, " x "));
}

std::string write_safetensors(const std::vector<Tensor>& tensors,
                              const std::map<std::string, std::string>& metadata,
                              const std::string& checksum_key) {
    std::string bytes = sealed_header(tensors, metadata, checksum_key);
    for (const Tensor& tensor : tensors) bytes.append(bytes_of(tensor));
    return bytes;
}

void write_safetensors(OutputFile& file, const std::vector<Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata, const std::string& checksum_key) {
    file.write(sealed_header(tensors, metadata, checksum_key));
    for (const Tensor& tensor : tensors) file.write(bytes_of(tensor));
}

Safetensors read_safetensors(std::string_view bytes, const std::string& source) {
    Safetensors file;
    file.header = bytes.substr(kLengthBytes, header_length(bytes, source));
    const std::string_view data = bytes.substr(kLengthBytes + file.header.size());
    const json header = parse_header(file.header, source);
    file.metadata = read_metadata(header, source);
    std::vector<Range> ranges;
    for (const auto& [name, entry] : header.items())
        if (name != kMetadata) ranges.push_back(read_range(name, entry, source));
    check_cover(ranges, data.size(), source);
    for (const Range& range : ranges)
        file.tensors[range.name] = {range.shape, data.substr(range.begin, range.end - range.begin)};
    return file;
}

void verify_checksum(std::string_view bytes, const Safetensors& file, const std::string& checksum_key,
                     const std::string& source) {
    const std::size_t at = find_digits(file.header, checksum_key);
    if (at == std::string_view::npos || file.header.size() - at < kNoDigits.size())
        refuse(source, "the checksum is missing; the file is damaged or was rewritten by another program");
    const std::size_t digits = kLengthBytes + at;
    std::uint64_t sum = checksum(bytes.substr(0, digits));
    sum = checksum(kNoDigits, sum);
    sum = checksum(bytes.substr(digits + kNoDigits.size()), sum);
    const std::string_view stored = bytes.substr(digits, kNoDigits.size());
    if (stored != checksum_text(sum))
        refuse(source,
               "the file is damaged: its bytes do not give the checksum that it was written with; "
               "fetch or train it again");
}

}  // namespace thalweg
