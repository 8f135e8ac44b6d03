#pragma once

#include "thalweg/table.hpp"

namespace thalweg::fuzz {

/// One of sixteen ways of reading a text, as the low bits of a byte choose.
inline ReadOptions csv_options(unsigned char choice) {
    ReadOptions options;
    options.header = (choice & 1) == 0;
    if ((choice & 2) != 0) options.delimiter = ';';
    if ((choice & 4) != 0) options.decimal_point = ',';
    if ((choice & 8) != 0) options.quote = '\0';
    return options;
}

}  // namespace thalweg::fuzz
