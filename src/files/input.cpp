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

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/file.h"
#include "files/arrow_error.h"
#include "files/descriptor_stream.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using Stream = std::shared_ptr<arrow::io::InputStream>;

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

/// Unpacks where need be, and looks what is inside.
void open_stream(Input& input) {
    input.stream = buffered(std::make_shared<DescriptorStream>(input.descriptor));
    if (const Packing packing = packing_of(peek(input, kMagicBytes)); packing != Packing::none) {
        const auto compression =
            packing == Packing::gzip ? arrow::Compression::GZIP : arrow::Compression::ZSTD;
        input.seekable = false;
        input.codec = value_of(arrow::util::Codec::Create(compression),
                               input.name + ": this Arrow cannot unpack the file");
        input.stream = buffered(
            value_of(arrow::io::CompressedInputStream::Make(input.codec.get(), input.stream), input.name));
    }
    input.kind = file_kind(peek(input, kMagicBytes), input.name);
}

}  // namespace

std::string_view peek(Input& input, std::int64_t bytes) {
    return value_of(input.stream->Peek(bytes), input.name + ": cannot read on; is the file damaged or cut?");
}

void skip(Input& input, std::int64_t bytes) {
    value_of(input.stream->Read(bytes), input.name + ": cannot read on; is the file damaged or cut?");
}

void append(Input& input, std::int64_t bytes, std::string& text) {
    const std::size_t before = text.size();
    text.resize(before + static_cast<std::size_t>(bytes));
    const std::int64_t taken = value_of(input.stream->Read(bytes, text.data() + before),
                                        input.name + ": cannot read on; is the file damaged or cut?");
    text.resize(before + static_cast<std::size_t>(taken));
}

LookAhead look_ahead(Input& input) {
    return {input.name, [&input](std::int64_t bytes) { return peek(input, bytes); },
            [&input](std::int64_t bytes) { skip(input, bytes); }};
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

std::shared_ptr<arrow::Buffer> whole_content(Input& input) {
    const std::string what = input.name + ": the file is damaged or cut";
    const auto file = open_random_access(input);
    const std::int64_t size = value_of(file->GetSize(), what);
    return value_of(file->ReadAt(0, size), what);
}

}  // namespace thalweg
