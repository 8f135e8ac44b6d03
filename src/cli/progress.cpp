#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace thalweg::cli {
namespace {

/// Faster than the eye reads, a redrawn line only costs time.
constexpr std::chrono::milliseconds kRedrawInterval{100};
/// An epoch that takes longer than this shows how far it is.
constexpr std::chrono::milliseconds kLongEpoch{500};

/// 1, 2, 5, 10, 20, 50, ...: a few lines however long the training.
std::size_t next_milestone(std::size_t epoch) {
    std::size_t decade = 1;
    while (epoch >= 10 * decade) decade *= 10;
    for (const std::size_t factor : {1, 2, 5, 10})
        if (factor * decade > epoch) return factor * decade;
    return 10 * decade;
}

std::vector<std::string> progress_parts(const EpochReport& report) {
    std::vector<std::string> parts = {fmt::format("epoch {}/{}", report.epoch, report.epochs),
                                      fmt::format("loss {:.4g}", report.loss)};
    if (report.validation_loss)
        parts.push_back(fmt::format("validation loss {:.4g}", *report.validation_loss));
    parts.push_back(count_text(report.examples_per_second) + " examples/s");
    parts.push_back(duration_text(report.seconds_left) + " left");
    return parts;
}

/// As many of the parts as fit into `width` characters; those that matter most come first.
std::string progress_line(const std::vector<std::string>& parts, std::size_t width) {
    std::string line;
    for (const std::string& part : parts) {
        const std::string longer = line.empty() ? part : line + "  " + part;
        if (longer.size() > width) break;
        line = longer;
    }
    return line;
}

}  // namespace

std::string duration_text(double seconds) {
    if (!(seconds >= 0.0)) return "?";
    if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
    if (seconds < 59.5) return fmt::format("{:.0f}s", seconds);
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    return fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

std::string count_text(double count) {
    if (count < 999.5) return fmt::format("{:.0f}", count);
    const bool millions = count >= 999.5e3;
    const double scaled = count / (millions ? 1e6 : 1e3);
    return fmt::format("{:.{}f}{}", scaled, scaled < 9.95 ? 1 : 0, millions ? "M" : "k");
}

Progress::Progress(const Console& console)
    : console_(console), in_place_(stderr_is_terminal() && !console.quiet()) {}

void Progress::plan(const TrainingPlan& plan) {
    const std::size_t batch_size = std::clamp<std::size_t>(plan.fit.batch_size, 1, plan.training_rows);
    steps_per_epoch_ = (plan.training_rows + batch_size - 1) / batch_size;
    epochs_ = plan.fit.epochs;
    last_redraw_ = std::chrono::steady_clock::now();
    console_.say(
        fmt::format("training: {} rows{}, network {}, up to {} epochs", plan.training_rows,
                    plan.validation_rows > 0 ? fmt::format(" and {} to validate", plan.validation_rows) : "",
                    fmt::join(plan.shape.widths, "-"), plan.fit.epochs));
}

void Progress::step(const StepReport& report) {
    if (!in_place_ || drawn_within(kLongEpoch)) return;
    const std::size_t done = (report.step - 1) % steps_per_epoch_ + 1;
    redraw({fmt::format("epoch {}/{}", report.epoch, epochs_),
            fmt::format("{}%", 100 * done / steps_per_epoch_), fmt::format("batch loss {:.4g}", report.loss),
            count_text(report.examples_per_second) + " examples/s"});
}

void Progress::epoch(const EpochReport& report) {
    if (in_place_) {
        const bool is_last = report.epoch == report.epochs;
        if (is_last || !drawn_ || !drawn_within(kRedrawInterval)) redraw(progress_parts(report));
    } else if (report.epoch >= next_plain_epoch_) {
        console_.say(fmt::format("{}", fmt::join(progress_parts(report), ", ")));
        next_plain_epoch_ = next_milestone(report.epoch);
    }
}

bool Progress::drawn_within(std::chrono::milliseconds interval) const {
    return std::chrono::steady_clock::now() - last_redraw_ < interval;
}

void Progress::redraw(const std::vector<std::string>& parts) {
    last_redraw_ = std::chrono::steady_clock::now();
    drawn_ = true;
    // One character short of the width: some terminals break the line when its last cell is written.
    fmt::print(stderr, "\r{}\x1b[K", progress_line(parts, terminal_width(STDERR_FILENO, 80) - 1));
    std::fflush(stderr);
}

void Progress::clear() {
    if (!drawn_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
}

}  // namespace thalweg::cli
