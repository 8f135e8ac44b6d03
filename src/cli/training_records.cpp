#include "cli/training_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/data_options.h"
#include "core/file.h"
#include "insight/diagnosis.h"
#include "model/option_table.h"

namespace thalweg::cli {

std::vector<Option> record_options(TrainingRecords& records) {
    return {
        bind_option({.name = "log",
                     .value = "FILE",
                     .group = option_group::kOutput,
                     .help = "Write how training went as JSON, one object a line: of each step its loss, "
                             "gradient norms, of all and of each layer, and learning rate, of each epoch "
                             "its losses. The file grows while training goes on."},
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

/// Of the data a sample is kept, and its targets, to look at how training went.
constexpr std::size_t kLeastRows = 64;
constexpr std::size_t kMostRows = 4096;
constexpr std::size_t kCellsToDiagnose = 10'000;
constexpr std::size_t kCellsToReport = 4'000'000;
constexpr std::size_t kTargetRows = 100'000;

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
        if (path == "-")
            throw Error(ErrorKind::usage,
                        fmt::format("{} - would mix with the result on standard output: name a file", flag));
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

RecordWriter::RecordWriter(TrainingRecords records) : records_(std::move(records)) {
    if (!records_.log.empty()) log_.emplace(records_.log);
    if (!records_.tensorboard.empty()) tensorboard_.emplace(records_.tensorboard);
}

void RecordWriter::listen(TrainHooks& hooks) {
    if (log_) log_->listen(hooks);
    if (tensorboard_) tensorboard_->listen(hooks);
    if (records_.report.empty()) return;
    history_.listen(hooks);
    hooks.keep_held_out = true;
}

void RecordWriter::keep_rows(const Table& table, const Table* validation,
                             const std::vector<std::string>& targets) {
    const std::size_t cells = records_.report.empty() ? kCellsToDiagnose : kCellsToReport;
    const std::size_t wanted =
        std::clamp(cells / std::max<std::size_t>(table.columns().size(), 1), kLeastRows, kMostRows);
    rows_.numbers = rows_at_even_distances(table.rows(), wanted);
    rows_.rows = sample_rows(table, rows_.numbers);
    rows_.targets = sample_rows(table, rows_at_even_distances(table.rows(), kTargetRows), targets);
    if (validation != nullptr)
        rows_.validation = sample_rows(*validation, rows_at_even_distances(validation->rows(), wanted));
}

std::vector<std::string> RecordWriter::diagnose(const Training& training) const {
    return thalweg::diagnose(training, rows_.rows, rows_.targets);
}

void RecordWriter::finish(const Training& training, const std::vector<std::string>& warnings,
                          const std::string& command) {
    if (log_) log_->end(training);
    if (tensorboard_) tensorboard_->end();
    if (!records_.report.empty())
        write_file_atomically(records_.report, report_page({training, history_, rows_, warnings, command}));
}

}  // namespace thalweg::cli
