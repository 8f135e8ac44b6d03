#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "formats/file_kind.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// How a table is written.
struct TableForm {
    FileKind kind = FileKind::text;
    Packing packing = Packing::none;  ///< of text
    char delimiter = ',';             ///< of text
};

/// What the ending of a file's name asks for.
TableForm form_of(const std::string& name);

/// Text as RFC 4180 has it, but with \n alone as line end, in pieces of some size. Numbers in the fewest
/// digits that give them back.
void write_csv_text(const Table& table, char delimiter, const std::function<void(std::string_view)>& write);

}  // namespace thalweg
