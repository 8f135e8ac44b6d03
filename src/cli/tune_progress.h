#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "cli/console.h"
#include "tune/search.h"

namespace thalweg::cli {

/// Tells how a search goes, on standard error, as Progress does of a training.
class TuneProgress {
  public:
    TuneProgress(const Console& console, double time_limit);
    ~TuneProgress() { clear(); }
    TuneProgress(const TuneProgress&) = delete;
    TuneProgress& operator=(const TuneProgress&) = delete;

    void plan(const TunePlan& plan);
    void begin(const TrialRun& run);
    /// Time has gone by.
    void tick();
    void end(const TrialRun& run);
    void clear();

  private:
    std::string line(std::size_t width) const;
    void redraw();

    const Console& console_;
    bool in_place_;
    bool drawn_ = false;
    double time_limit_;
    double seconds_before_ = 0.0;
    std::string metric_;
    std::optional<TrialRun> latest_;
    std::optional<TrialRun> best_;
    std::size_t done_ = 0;
    std::size_t next_plain_ = 1;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point last_redraw_{};
};

}  // namespace thalweg::cli
