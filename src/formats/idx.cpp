#include "formats/idx.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "core/memory.h"
#include "formats/file_kind.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// An IDX file (the format of MNIST): dimensions and elements, big-endian.
struct IdxFile {
    std::uint8_t type = 0;
    std::vector<std::size_t> dimensions;
    const std::uint8_t* elements = nullptr;
};

std::size_t bytes_of_element(std::uint8_t type) {
    switch (type) {
        case 0x08:
        case 0x09:
            return 1;
        case 0x0B:
            return 2;
        case 0x0C:
        case 0x0D:
            return 4;
        default:
            return 8;
    }
}

template <class Unsigned>
Unsigned big_endian(const std::uint8_t* bytes) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) value = static_cast<Unsigned>(value << 8 | bytes[i]);
    return value;
}

double element(const IdxFile& file, std::size_t index) {
    const std::uint8_t* bytes = file.elements + index * bytes_of_element(file.type);
    switch (file.type) {
        case 0x08:
            return bytes[0];
        case 0x09:
            return static_cast<std::int8_t>(bytes[0]);
        case 0x0B:
            return static_cast<std::int16_t>(big_endian<std::uint16_t>(bytes));
        case 0x0C:
            return static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes));
        case 0x0D:
            return static_cast<double>(std::bit_cast<float>(big_endian<std::uint32_t>(bytes)));
        default:
            return std::bit_cast<double>(big_endian<std::uint64_t>(bytes));
    }
}

[[noreturn]] void fail(const std::string& name, const std::string& message) {
    throw Error(ErrorKind::data, fmt::format("{}: {}", name, message));
}

/// The header against the length of the file, before any size of it is used.
IdxFile open_idx(std::string_view content, const std::string& name) {
    IdxFile file;
    const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(content.data()),
                                              content.size());
    file.type = bytes[2];
    const std::size_t dimensions = bytes[3];
    const std::size_t header = 4 + 4 * dimensions;
    if (bytes.size() < header) fail(name, "the IDX header is cut");

    std::optional<std::size_t> expected = bytes_of_element(file.type);
    std::string shape;
    for (std::size_t d = 0; d < dimensions; ++d) {
        file.dimensions.push_back(big_endian<std::uint32_t>(bytes.data() + 4 + 4 * d));
        expected = expected ? checked_product(*expected, file.dimensions.back()) : expected;
        shape += fmt::format("{}{}", d == 0 ? "" : " x ", file.dimensions.back());
    }
    const std::size_t got = bytes.size() - header;
    if (expected != got)
        fail(name, fmt::format("{} elements need {} bytes after the IDX header, the file has {}; was it cut?",
                               shape, expected ? fmt::format("{}", *expected) : "far more", got));
    if (got == 0) fail(name, fmt::format("the table has no rows ({} elements)", shape));
    file.elements = bytes.data() + header;
    return file;
}

/// "pixel_3_7" for the elements of images, "value_3" for those of rows, "value" for single numbers.
std::string column_name(const std::vector<std::size_t>& dimensions, std::size_t index) {
    std::string suffix;
    for (std::size_t d = dimensions.size() - 1; d > 0; --d) {
        suffix = fmt::format("_{}{}", index % dimensions[d], suffix);
        index /= dimensions[d];
    }
    return (dimensions.size() > 2 ? "pixel" : "value") + suffix;
}

}  // namespace

Table read_idx(std::string_view content, const std::string& name) {
    const IdxFile file = open_idx(content, name);
    const std::size_t rows = file.dimensions[0];
    std::size_t width = 1;
    for (std::size_t d = 1; d < file.dimensions.size(); ++d) width *= file.dimensions[d];

    std::vector<Column> columns(width);
    for (std::size_t c = 0; c < width; ++c) {
        columns[c].name = column_name(file.dimensions, c);
        columns[c].values.resize(rows);
        for (std::size_t row = 0; row < rows; ++row) columns[c].values[row] = element(file, row * width + c);
    }
    return Table(std::move(columns), name);
}

std::vector<double> read_idx_labels(std::string_view content, const std::string& name) {
    if (file_kind(content.substr(0, kMagicBytes), name) != FileKind::idx)
        fail(name, "labels must be an IDX file (as MNIST has them)");
    const IdxFile file = open_idx(content, name);
    if (file.dimensions.size() != 1)
        fail(name, fmt::format("labels must be one number for each image, these have {} dimensions",
                               file.dimensions.size()));
    std::vector<double> labels(file.dimensions[0]);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = element(file, i);
    return labels;
}

}  // namespace thalweg
