#include "cli/training_records.h"

#include <fmt/format.h>

#include <string_view>
#include <system_error>
#include <utility>

#include "cli/data_options.h"
#include "core/file.h"
#include "insight/training_report.h"
#include "model/option_table.h"

namespace thalweg::cli {

std::vector<Option> record_options(TrainingRecords& records) {
    return {
        bind_option({.name = "log",
                     .value = "FILE",
                     .group = option_group::kOutput,
                     .help = "Write how training went as JSON, one object a line: of each step its loss, "
                             "gradient norm and learning rate, of each epoch its losses."},
                    records.log),
        bind_option({.name = "tensorboard",
                     .value = "DIR",
                     .group = option_group::kOutput,
                     .help = "Write the same as event files into a folder, for 'tensorboard --logdir DIR'."},
                    records.tensorboard),
        bind_option({.name = "report",
                     .value = "FILE",
                     .group = option_group::kOutput,
                     .help = "Write a page on the training: its curves, the health of the layers, what "
                             "each column does, the scores, and the flags to train it again."},
                    records.report)};
}

namespace {

/// As it will be once written, whatever the way there.
std::filesystem::path place_of(const std::filesystem::path& file) {
    std::error_code unknown;
    const std::filesystem::path place =
        std::filesystem::weakly_canonical(std::filesystem::absolute(file, unknown), unknown);
    return unknown ? file : place;
}

}  // namespace

void check_records(const TrainingRecords& records, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string_view, std::filesystem::path>>& others) {
    std::vector<std::pair<std::string_view, std::filesystem::path>> written;
    const auto check = [&](const std::filesystem::path& path, std::string_view flag) {
        if (path.empty()) return;
        refuse_overwriting(path, inputs, flag);
        const std::filesystem::path place = place_of(path);
        for (const auto& [other, at] : written)
            if (at == place)
                throw Error(ErrorKind::usage, fmt::format("{} and {} name the same file, {}: one would "
                                                          "overwrite the other; give each its own",
                                                          other, flag, path.string()));
        check_writable(path);
        written.emplace_back(flag, place);
    };
    for (const auto& [flag, file] : others) check(file, flag);
    check(records.log, "--log");
    check(records.report, "--report");
    if (!records.tensorboard.empty()) check_tensorboard_folder(records.tensorboard);
}

void write_records(const TrainingRecords& records, const TrainingLog& log, const Training& training,
                   const Table& rows, const std::vector<std::string>& warnings) {
    if (!records.log.empty()) write_file_atomically(records.log, log_lines(log, training));
    if (!records.tensorboard.empty()) write_tensorboard(log, records.tensorboard);
    if (!records.report.empty())
        write_file_atomically(records.report, report_page(log, training, rows, warnings));
}

}  // namespace thalweg::cli
