#include "formats/file_kind.h"

#include <fmt/format.h>

#include <array>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using namespace std::string_view_literals;

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

/// IDX begins with two zero bytes, a type and the number of dimensions, which is small.
bool is_idx(std::string_view start) {
    constexpr std::string_view kTypes = "\x08\x09\x0B\x0C\x0D\x0E";
    return start.size() >= 4 && start[0] == 0 && start[1] == 0 &&
           kTypes.find(start[2]) != std::string_view::npos && start[3] >= 1 && start[3] <= 8;
}

/// A column may be called ARROW1, so a damaged start is told by what no text goes on with, or by the name.
bool is_arrow_file(std::string_view start, std::string_view name) {
    return start.starts_with("ARROW1\0"sv) || start.starts_with("ARROW1\xFF") ||
           (start.starts_with("ARROW1") && (name.ends_with(".arrow") || name.ends_with(".feather")));
}

}  // namespace

Packing packing_of(std::string_view start) {
    if (start.starts_with("\x1F\x8B")) return Packing::gzip;
    if (start.starts_with("\x28\xB5\x2F\xFD")) return Packing::zstd;
    return Packing::none;
}

FileKind file_kind(std::string_view start, const std::string& name) {
    // A column may well be called PAR1: in a Parquet file the type of a page's header follows.
    if (start.starts_with("PAR1\x15") || (start.starts_with("PAR1") && name.ends_with(".parquet")))
        return FileKind::parquet;
    if (is_arrow_file(start, name)) return FileKind::arrow_file;
    if (start.starts_with("\xFF\xFF\xFF\xFF")) return FileKind::arrow_stream;
    if (is_idx(start)) return FileKind::idx;
    for (const Stranger& stranger : kStrangers)
        if (start.starts_with(stranger.magic))
            throw Error(ErrorKind::data, fmt::format("{}: this is {}", name, stranger.what));
    return FileKind::text;
}

std::string name_of_path(const std::string& path) {
    return path == "-" ? "standard input" : path;
}

}  // namespace thalweg
