#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

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

    /// True where steps are worth a callback: the line is redrawn in place.
    bool follows_steps() const { return in_place_; }

    void plan(const TrainingPlan& plan);
    /// Redraws within an epoch that takes long.
    void step(const StepReport& report);
    void epoch(const EpochReport& report);
    /// One of several networks is trained.
    void network(std::size_t network);
    /// Takes the redrawn line away, so that other words can follow.
    void clear();

  private:
    void redraw(const std::vector<std::string>& parts);
    bool several() const { return shares_done_.size() > 1; }
    std::string count() const;
    double seconds_left() const;
    bool drawn_within(std::chrono::milliseconds interval) const;

    const Console& console_;
    bool in_place_;
    bool drawn_ = false;
    std::size_t next_plain_ = 1;       ///< epoch, or number of networks, that gets a plain line
    std::size_t epochs_ = 0;           ///< planned
    std::size_t steps_per_epoch_ = 1;  ///< planned
    std::vector<double> shares_done_;  ///< of each network's epochs
    std::size_t networks_done_ = 0;
    std::chrono::steady_clock::time_point start_{};
    std::chrono::steady_clock::time_point last_redraw_{};
};

/// "0.4s", "12s", "3m05s", "2h10m"
std::string duration_text(double seconds);
/// "830", "52k", "1.2M"
std::string count_text(double count);

}  // namespace thalweg::cli
