#include "files/input.h"

#include <arrow/buffer.h>
#include <arrow/buffer_builder.h>
#include <arrow/io/buffered.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/file.h"
#include "files/arrow_error.h"
#include "files/descriptor_stream.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using namespace std::string_view_literals;
using Stream = std::shared_ptr<arrow::io::InputStream>;

/// First bytes of files that people take for tables.
struct Stranger {
    std::string_view magic;
    std::string_view what;
};
constexpr std::array kStrangers = {
    Stranger{"PK\x03\x04"sv, "a spreadsheet or a zip archive; save it as CSV"},
    Stranger{"\xD0\xCF\x11\xE0"sv, "a spreadsheet (xls); save it as CSV"},
    Stranger{"\xFF\xFE"sv, "text in UTF-16; convert it first: iconv -f UTF-16 -t UTF-8 OLD > NEW"},
    Stranger{"\xFE\xFF"sv, "text in UTF-16; convert it first: iconv -f UTF-16 -t UTF-8 OLD > NEW"},
    Stranger{"BZh91AY&SY"sv, "compressed with bzip2; unpack it, or compress it with gzip or zstd"},
    Stranger{"\xFD"
             "7zXZ"sv,
             "compressed with xz; unpack it, or compress it with gzip or zstd"},
    Stranger{"\x04\x22\x4D\x18"sv, "compressed with lz4; unpack it, or compress it with gzip or zstd"},
    Stranger{"\x89HDF"sv, "an HDF5 file; save it as Parquet or CSV"},
    Stranger{"\x93NUMPY"sv, "a NumPy array; save it as CSV"},
    Stranger{"FEA1\0"sv, "a feather file of version 1; save it as version 2, Parquet or CSV"},
    Stranger{"SQLite format 3"sv, "a SQLite database; export the table as CSV"},
    Stranger{"{\""sv, "JSON; save it as CSV or Parquet"},
    Stranger{"[{"sv, "JSON; save it as CSV or Parquet"},
    Stranger{"%PDF-"sv, "a PDF document"},
    Stranger{"\x7F"
             "ELF"sv,
             "a program"},
    Stranger{"<!DOCTYPE"sv, "a web page; was the download answered by an error?"},
    Stranger{"<html"sv, "a web page; was the download answered by an error?"},
    Stranger{"version https://git-lfs"sv, "a pointer of Git LFS; fetch the file itself: git lfs pull"},
};

std::shared_ptr<Descriptor> open_descriptor(const std::string& path) {
    if (path == "-") return std::make_shared<Descriptor>(STDIN_FILENO);
    check_readable(path, "table");
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        throw Error(ErrorKind::io, fmt::format("cannot open '{}': {}", path, std::strerror(errno)));
    return std::make_shared<Descriptor>(descriptor);
}

/// A stream that `peek` can look ahead in.
Stream buffered(Stream raw) {
    // One read of the system; what is peeked at makes it grow.
    constexpr std::int64_t kBuffer = 1 << 18;
    return value_of(
        arrow::io::BufferedInputStream::Create(kBuffer, arrow::default_memory_pool(), std::move(raw)),
        "cannot buffer the input");
}

std::optional<arrow::Compression::type> compression_of(std::string_view start) {
    if (start.starts_with("\x1F\x8B")) return arrow::Compression::GZIP;
    if (start.starts_with("\x28\xB5\x2F\xFD")) return arrow::Compression::ZSTD;
    return std::nullopt;
}

/// IDX begins with two zero bytes, a type and the number of dimensions, which is small.
bool is_idx(std::string_view start) {
    constexpr std::string_view kTypes = "\x08\x09\x0B\x0C\x0D\x0E";
    return start.size() >= 4 && start[0] == 0 && start[1] == 0 &&
           kTypes.find(start[2]) != std::string_view::npos && start[3] >= 1 && start[3] <= 8;
}

FileKind kind_of(std::string_view start, const std::string& name) {
    // A column may well be called PAR1: in a Parquet file the type of a page's header follows.
    if (start.starts_with("PAR1\x15") || (start.starts_with("PAR1") && name.ends_with(".parquet")))
        return FileKind::parquet;
    if (start.starts_with("ARROW1\0"sv)) return FileKind::arrow_file;
    if (start.starts_with("\xFF\xFF\xFF\xFF")) return FileKind::arrow_stream;
    if (is_idx(start)) return FileKind::idx;
    for (const Stranger& stranger : kStrangers)
        if (start.starts_with(stranger.magic))
            throw Error(ErrorKind::data, fmt::format("{}: this is {}", name, stranger.what));
    return FileKind::text;
}

/// Unpacks where need be, and looks what is inside.
void open_stream(Input& input) {
    constexpr std::int64_t kMagicBytes = 32;
    input.stream = buffered(std::make_shared<DescriptorStream>(input.descriptor));
    if (const auto compression = compression_of(peek(input, kMagicBytes))) {
        input.seekable = false;
        input.codec = value_of(arrow::util::Codec::Create(*compression),
                               input.name + ": this Arrow cannot unpack the file");
        input.stream = buffered(
            value_of(arrow::io::CompressedInputStream::Make(input.codec.get(), input.stream), input.name));
    }
    input.kind = kind_of(peek(input, kMagicBytes), input.name);
}

}  // namespace

std::string name_of_path(const std::string& path) {
    return path == "-" ? "standard input" : path;
}

std::string_view peek(Input& input, std::int64_t bytes) {
    return value_of(input.stream->Peek(bytes), input.name + ": cannot read on; is the file damaged or cut?");
}

void skip(Input& input, std::int64_t bytes) {
    value_of(input.stream->Read(bytes), input.name + ": cannot read on; is the file damaged or cut?");
}

std::string take(Input& input, std::int64_t bytes) {
    const auto taken =
        value_of(input.stream->Read(bytes), input.name + ": cannot read on; is the file damaged or cut?");
    return taken->ToString();
}

Input open_input(const std::string& path) {
    Input input;
    input.path = path;
    input.name = name_of_path(path);
    std::error_code ignored;
    input.seekable = path != "-" && std::filesystem::is_regular_file(path, ignored);
    input.descriptor = open_descriptor(path);
    input.descriptor->recorded = !input.seekable;
    if (input.seekable) input.bytes = static_cast<std::size_t>(std::filesystem::file_size(path));
    open_stream(input);
    // Only text may have to be read twice.
    if (input.kind != FileKind::text) input.descriptor->recorded = false;
    return input;
}

Input reopen(const Input& input) {
    if (!input.descriptor->recorded) return open_input(input.path);
    Input again = input;
    open_stream(again);
    return again;
}

std::shared_ptr<arrow::io::RandomAccessFile> open_random_access(Input& input) {
    const std::string what = input.name + ": cannot read the file";
    if (input.seekable) return value_of(arrow::io::ReadableFile::Open(input.path), what);
    arrow::BufferBuilder content;
    constexpr std::int64_t kPiece = 1 << 20;
    while (true) {
        const std::shared_ptr<arrow::Buffer> piece =
            value_of(input.stream->Read(kPiece), input.name + ": the file is damaged or cut");
        if (piece->size() == 0) break;
        check(content.Append(piece->data(), piece->size()), what);
    }
    return std::make_shared<arrow::io::BufferReader>(value_of(content.Finish(), what));
}

}  // namespace thalweg
