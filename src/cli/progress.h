#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "cli/console.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {

/// Tells how training goes, on standard error: on a terminal one line that is redrawn in place, elsewhere a
/// few plain lines, with --quiet nothing.
class Progress {
  public:
    explicit Progress(const Console& console);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void plan(const TrainingPlan& plan);
    void epoch(const EpochReport& report);
    /// Takes the redrawn line away, so that other words can follow.
    void clear();

  private:
    void redraw(const EpochReport& report);

    const Console& console_;
    bool in_place_;
    bool drawn_ = false;
    std::size_t next_plain_epoch_ = 1;
    std::chrono::steady_clock::time_point last_redraw_{};
};

/// "epoch 12/100  loss 0.1234  validation loss 0.1301  52k examples/s  4s left", as much of it as fits.
std::string progress_line(const EpochReport& report, std::size_t width);

/// "0.4s", "12s", "3m05s", "2h10m"
std::string duration_text(double seconds);
/// "830", "52k", "1.2M"
std::string count_text(double count);

}  // namespace thalweg::cli
