#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/console.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {

/// What is said of DATA by every command that reads one.
inline constexpr const char* kDataHelp =
    "Tables or images: .csv, .tsv (also .gz, .zst), .parquet, .arrow or .feather, IDX images with --labels; "
    "- is "
    "CSV on standard input. Several files are rows of one table.";

Option output_option(std::filesystem::path& path, std::string_view help);
Option quiet_option(bool& quiet);
Option json_option(bool& json);
Option strict_option(bool& strict);
Option threads_option(int& threads);
Option interval_option(std::optional<double>& interval);

/// Reads DATA and warns of what the reader noticed.
Table read_data(const std::vector<std::string>& paths, const ReadOptions& options, Console& console);
/// The same for a model: columns that were text when it was trained are read as text, so that "01234" keeps
/// its zero.
Table read_for_model(const Model& model, const std::vector<std::string>& paths, ReadOptions options,
                     Console& console);

/// Warns of every column whose cells are missing or unseen although training had none.
/// With `strict` throws Error{data} instead.
void report_columns(const std::vector<ColumnReport>& report, bool strict, Console& console);

/// Throws Error{usage} where writing `output` would overwrite a file that is read.
void refuse_overwriting(const std::filesystem::path& output, const std::vector<std::string>& inputs,
                        std::string_view flag = "-o");

}  // namespace thalweg::cli
