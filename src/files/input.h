#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "files/descriptor_stream.h"
#include "formats/file_kind.h"
#include "formats/look_ahead.h"

namespace thalweg {

/// A file (or standard input) that is open at its start, unpacked.
struct Input {
    std::string path;
    std::string name;  ///< for messages
    FileKind kind = FileKind::text;
    std::shared_ptr<arrow::util::Codec> codec;  ///< outlives the stream, which points to it
    bool seekable = false;                      ///< an ordinary file that is not compressed
    std::size_t bytes = 0;                      ///< of a seekable file
    std::shared_ptr<Descriptor> descriptor;
    std::shared_ptr<arrow::io::InputStream> stream;
};

/// Opens a path, or standard input for "-", and looks what is in it. Throws Error{io} where it cannot be
/// opened, Error{data} for kinds of file that are no table: spreadsheets, UTF-16, ...
Input open_input(const std::string& path);

/// The same bytes once more, from their start; what a pipe has given so far was recorded.
Input reopen(const Input& input);

/// The whole content as something to seek in: the file itself where that is possible, else a copy in memory.
std::shared_ptr<arrow::io::RandomAccessFile> open_random_access(Input& input);

/// The same in memory.
std::shared_ptr<arrow::Buffer> whole_content(Input& input);

/// Up to `bytes` of what comes next, without taking it.
std::string_view peek(Input& input, std::int64_t bytes);
/// Takes up to `bytes` of what comes next, to the end of `text`; fewer only at the end.
void append(Input& input, std::int64_t bytes, std::string& text);
/// Takes `bytes` away.
void skip(Input& input, std::int64_t bytes);
/// What comes next, for who need not know of Arrow; refers to `input`.
LookAhead look_ahead(Input& input);

}  // namespace thalweg
