#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
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

/// "8000 rows in 5 folds, network 8-256-1, up to 60 epochs; 10 networks, 2 side by side"
std::string plan_text(const TrainingPlan& plan) {
    std::string text = fmt::format("{} rows", plan.training_rows);
    if (plan.validation_rows > 0) text += fmt::format(" and {} to validate", plan.validation_rows);
    if (plan.folds > 1) text += fmt::format(" in {} folds", plan.folds);
    text += fmt::format(", network {}, up to {} epochs", fmt::join(plan.shape.widths, "-"), plan.fit.epochs);
    if (plan.networks > 1) text += fmt::format("; {} networks", plan.networks);
    if (plan.at_once > 1) text += fmt::format(", {} side by side", plan.at_once);
    return text;
}

/// As many of the parts as fit into `width` characters; those that matter most come first.
std::string progress_line(const std::vector<std::string>& parts, std::size_t width) {
    std::string line;
    for (const std::string& part : parts) {
        const std::string longer = line.empty() ? part : fmt::format("{}  {}", line, part);
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
    const std::size_t learnt = plan.training_rows - (plan.folds > 1 ? plan.training_rows / plan.folds : 0);
    const std::size_t batch_size = std::clamp<std::size_t>(plan.fit.batch_size, 1, learnt);
    steps_per_epoch_ = (learnt + batch_size - 1) / batch_size;
    epochs_ = plan.fit.epochs;
    shares_done_.assign(plan.networks, 0.0);
    start_ = last_redraw_ = std::chrono::steady_clock::now();
    console_.say("training: " + plan_text(plan));
}

void Progress::step(const StepReport& report) {
    if (!in_place_ || drawn_within(kLongEpoch)) return;
    const std::size_t done = (report.step - 1) % steps_per_epoch_ + 1;
    std::vector<std::string> parts = {fmt::format("epoch {}/{}", report.epoch, epochs_),
                                      fmt::format("{}%", 100 * done / steps_per_epoch_),
                                      fmt::format("batch loss {:.4g}", report.loss),
                                      count_text(report.examples_per_second) + " examples/s"};
    if (several()) parts.insert(parts.begin(), {count(), fmt::format("network {}", report.network)});
    redraw(parts);
}

void Progress::epoch(const EpochReport& report) {
    shares_done_[report.network - 1] =
        static_cast<double>(report.epoch) / static_cast<double>(std::max<std::size_t>(report.epochs, 1));
    if (in_place_) {
        const bool is_last = report.epoch == report.epochs;
        if (is_last || !drawn_ || !drawn_within(kRedrawInterval)) {
            EpochReport shown = report;
            if (several()) shown.seconds_left = seconds_left();
            std::vector<std::string> parts = progress_parts(shown);
            if (several()) parts.insert(parts.begin(), {count(), fmt::format("network {}", report.network)});
            redraw(parts);
        }
    } else if (!several() && report.epoch >= next_plain_) {
        console_.say(fmt::format("{}", fmt::join(progress_parts(report), ", ")));
        next_plain_ = next_milestone(report.epoch);
    }
}

void Progress::network(std::size_t network) {
    shares_done_[network - 1] = 1.0;
    ++networks_done_;
    const bool is_last = networks_done_ == shares_done_.size();
    if (!several() || in_place_ || (networks_done_ < next_plain_ && !is_last)) return;
    console_.say(is_last ? count() : fmt::format("{}, {} left", count(), duration_text(seconds_left())));
    next_plain_ = next_milestone(networks_done_);
}

/// "3/8 networks done"
std::string Progress::count() const {
    return fmt::format("{}/{} networks done", networks_done_, shares_done_.size());
}

/// Of all networks, at the pace so far.
double Progress::seconds_left() const {
    const double done = std::accumulate(shares_done_.begin(), shares_done_.end(), 0.0);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    return elapsed.count() * (static_cast<double>(shares_done_.size()) - done) / std::max(done, 1e-9);
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
