#include "cli/tune_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/progress.h"

namespace thalweg::cli {
namespace {

/// Faster than the eye reads, a redrawn line only costs time.
constexpr std::chrono::milliseconds kRedrawInterval{200};

}  // namespace

TuneProgress::TuneProgress(const Console& console, double time_limit)
    : console_(console), in_place_(stderr_is_terminal() && !console.quiet()), time_limit_(time_limit) {}

void TuneProgress::plan(const TunePlan& plan) {
    metric_ = plan.metric;
    seconds_before_ = plan.seconds_before;
    std::string text = fmt::format("search: {} rows", plan.training_rows);
    if (plan.validation_rows > 0) text += fmt::format(" and {} to choose by", plan.validation_rows);
    if (plan.folds > 1) text += fmt::format(" in {} folds", plan.folds);
    if (plan.test_rows > 0) text += fmt::format(", {} kept apart", plan.test_rows);
    console_.say(fmt::format("{}; {} hyper-parameters", text, plan.dimensions));
}

void TuneProgress::begin(const TrialRun& run) {
    latest_ = run;
    redraw();
}

void TuneProgress::tick() {
    if (std::chrono::steady_clock::now() - last_redraw_ >= kRedrawInterval) redraw();
}

void TuneProgress::end(const TrialRun& run) {
    ++done_;
    if (run.score && (!best_ || *run.score < *best_->score)) best_ = run;
    if (in_place_) return redraw();
    if (done_ < next_plain_) return;
    console_.say(line(std::string::npos));
    next_plain_ = 2 * done_;
}

/// As many of the parts as fit into `width` characters; those that matter most come first.
std::string TuneProgress::line(std::size_t width) const {
    std::vector<std::string> parts = {fmt::format("{} training{} done", done_, done_ == 1 ? "" : "s")};
    if (best_)
        parts.push_back(fmt::format("best {} {:.5g} (trial {})", metric_, *best_->score, best_->trial));
    const std::chrono::duration<double> now = std::chrono::steady_clock::now() - start_;
    const double elapsed = seconds_before_ + now.count();
    parts.push_back(time_limit_ > 0.0 ? duration_text(std::max(0.0, time_limit_ - elapsed)) + " left"
                                      : duration_text(elapsed));
    if (in_place_ && latest_)
        parts.push_back(
            fmt::format("trial {}, rung {}, {} epochs", latest_->trial, latest_->rung + 1, latest_->epochs));
    std::string text;
    for (const std::string& part : parts) {
        const std::string longer =
            text.empty() ? part : fmt::format("{}{}{}", text, in_place_ ? "  " : ", ", part);
        if (longer.size() > width) break;
        text = longer;
    }
    return text;
}

void TuneProgress::redraw() {
    if (!in_place_) return;
    last_redraw_ = std::chrono::steady_clock::now();
    drawn_ = true;
    // One character short of the width: some terminals break the line when its last cell is written.
    fmt::print(stderr, "\r{}\x1b[K", line(terminal_width(STDERR_FILENO, 80) - 1));
    std::fflush(stderr);
}

void TuneProgress::clear() {
    if (!drawn_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
}

}  // namespace thalweg::cli
