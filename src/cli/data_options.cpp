#include "cli/data_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "model/option_table.h"

namespace thalweg::cli {
namespace {

/// "column 'city': 3 cells hold values that training did not have ('Rome', 'Oslo')"
std::vector<std::string> complaints(const std::vector<ColumnReport>& report) {
    std::vector<std::string> texts;
    for (const ColumnReport& column : report) {
        if (column.missing > 0)
            texts.push_back(fmt::format("column '{}': {} missing {} although training had none", column.name,
                                        column.missing, column.missing == 1 ? "cell" : "cells"));
        if (column.unseen > 0)
            texts.push_back(fmt::format(
                "column '{}': {} {} a value that training did not have ('{}'{})", column.name, column.unseen,
                column.unseen == 1 ? "cell holds" : "cells hold", fmt::join(column.examples, "', '"),
                column.unseen > column.examples.size() ? ", ..." : ""));
    }
    return texts;
}

/// True where a class is no number: its column was text, and "01" among such classes is a name too.
bool has_names(const std::vector<std::string>& classes) {
    return std::any_of(classes.begin(), classes.end(), [](const std::string& name) {
        double number = 0.0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        return error != std::errc{} || end != name.data() + name.size();
    });
}

}  // namespace

Option output_option(std::filesystem::path& path, std::string_view help) {
    return bind_option({.name = "o", .value = "FILE", .group = option_group::kOutput, .help = help}, path);
}

Option quiet_option(bool& quiet) {
    return bind_option({.name = "quiet",
                        .group = option_group::kOutput,
                        .help = "Say nothing but errors and what was asked for."},
                       quiet);
}

Option json_option(bool& json) {
    return bind_option({.name = "json",
                        .group = option_group::kOutput,
                        .help = "Print the results as one JSON object, on the last line of standard output."},
                       json);
}

Option strict_option(bool& strict) {
    return bind_option(
        {.name = "strict",
         .group = option_group::kReading,
         .help = "Cells that are missing or hold an unseen name although training had none are "
                 "an error (exit 3), not a warning."},
        strict);
}

Option threads_option(int& threads) {
    return bind_option({.name = "threads",
                        .value = "N",
                        .group = option_group::kRunning,
                        .help = "Threads to compute with. 0: as many as the process has cores.",
                        .range = kThreads},
                       threads);
}

Option interval_option(std::optional<double>& interval) {
    return bind_option(
        {.name = "interval",
         .value = "LEVEL",
         .group = option_group::kOutput,
         .help = "Real values: intervals that hold this share of the true values, 0.9 say. The "
                 "model must have been trained with --interval.",
         .chosen = "none",
         .range = kInsideUnit},
        interval);
}

Table read_data(const std::vector<std::string>& paths, const ReadOptions& options, Console& console) {
    Table table = read_table(paths, options);
    for (const std::string& note : table.notes()) console.warn(note);
    return table;
}

Table read_for_model(const Model& model, const std::vector<std::string>& paths, ReadOptions options,
                     Console& console) {
    for (const ColumnPlan& column : model.preprocessor().columns())
        if (column.type == ColumnType::text) options.text_columns.push_back(column.name);
    for (const TargetPlan& target : model.target_coder().targets())
        if (has_names(target.classes)) options.text_columns.push_back(target.name);
    return read_data(paths, options, console);
}

void report_columns(const std::vector<ColumnReport>& report, bool strict, Console& console) {
    const std::vector<std::string> texts = complaints(report);
    if (strict && !texts.empty())
        throw Error(ErrorKind::data, fmt::format("--strict: {}", fmt::join(texts, "; ")));
    for (const std::string& text : texts) console.warn(text);
}

void refuse_overwriting(const std::filesystem::path& output, const std::vector<std::string>& inputs,
                        std::string_view flag) {
    for (const std::string& input : inputs) {
        std::error_code unknown;
        if (std::filesystem::is_regular_file(input, unknown) &&
            std::filesystem::equivalent(output, input, unknown))
            throw Error(ErrorKind::usage,
                        fmt::format("{} {} would overwrite a file that is read", flag, output.string()));
    }
}

}  // namespace thalweg::cli
