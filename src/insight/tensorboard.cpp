#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/file.h"
#include "insight/event_file.h"
#include "insight/training_log.h"

namespace thalweg {
namespace {

/// "events.out.tfevents.1700000000.thalweg": TensorBoard takes any file that begins so, and of several the
/// later number as the later.
std::string file_name(double time) {
    return fmt::format("events.out.tfevents.{:010.0f}.thalweg", time);
}

EventFile events_of(const TrainingLog& log, std::size_t network) {
    EventFile events(log.steps().front().time);
    std::size_t last_step = 0, epoch = 0;
    const auto add_epochs_before = [&](double time) {
        for (; epoch < log.epochs().size() && log.epochs()[epoch].time < time; ++epoch) {
            const auto& [report, when] = log.epochs()[epoch];
            if (report.network != network) continue;
            std::vector<std::pair<std::string, double>> numbers = {{"loss/training", report.loss}};
            if (report.validation_loss) numbers.emplace_back("loss/validation", *report.validation_loss);
            events.add(when, static_cast<std::int64_t>(last_step), numbers);
        }
    };
    for (const auto& [report, when] : log.steps()) {
        add_epochs_before(when);
        if (report.network != network) continue;
        last_step = report.step;
        events.add(when, static_cast<std::int64_t>(report.step),
                   {{"loss/batch", report.loss},
                    {"gradient_norm", report.gradient_norm},
                    {"learning_rate", report.learning_rate}});
    }
    add_epochs_before(std::numeric_limits<double>::infinity());
    return events;
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        throw Error(
            ErrorKind::io,
            fmt::format("cannot make the folder '{}' for event files: {}; name one that exists or can "
                        "be made",
                        folder.string(), failed.message()));
}

}  // namespace

void check_tensorboard_folder(const std::filesystem::path& folder) {
    make_folder(folder);
    check_writable(folder / file_name(0.0));
}

void write_tensorboard(const TrainingLog& log, const std::filesystem::path& folder) {
    const std::size_t networks = log.networks();
    for (std::size_t network = 1; network <= networks; ++network) {
        const std::filesystem::path into =
            networks == 1 ? folder : folder / fmt::format("network_{}", network);
        make_folder(into);
        write_file_atomically(into / file_name(log.steps().front().time), events_of(log, network).bytes());
    }
}

}  // namespace thalweg
