#pragma once

#include "model/options/groups.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// The reading of files: calls `visit(description, field)` for every option.
template <class Visitor>
void for_each_option(ReadOptions& options, Visitor&& visit) {
    using namespace option_group;
    visit({.name = "delimiter",
           .value = "C",
           .group = kReading,
           .help = "The character between two cells of a text file; tab for a tab.",
           .chosen = "found out from the first lines"},
          options.delimiter);
    visit({.name = "quote",
           .value = "C",
           .group = kReading,
           .help =
               "The character around cells that hold delimiters or line ends; none where nothing is quoted."},
          QuoteMark{options.quote});
    visit({.name = "decimal",
           .value = "C",
           .group = kReading,
           .help = "The decimal point of numbers in a text file; a comma in much of Europe."},
          options.decimal_point);
    visit({.name = "missing",
           .value = "WORD,...",
           .group = kReading,
           .help = "Words that mark a missing cell, instead of these. An empty cell is always missing."},
          MissingWords{options.missing});
    visit({.name = "no-header",
           .group = kReading,
           .help = "The first line is data. Columns are called column_1, column_2 and so on."},
          Negated{options.header});
    visit({.name = "labels",
           .value = "FILE",
           .group = kReading,
           .help = "For IDX images: the file of their labels, which becomes the column 'label'."},
          options.labels);
}

}  // namespace thalweg
