#pragma once

#include <chrono>
#include <cstddef>

namespace thalweg {

/// Chooses between one thread and several for the steps of a training, by what each has taken so far: several
/// are the slower ones where their cores are far apart, or busy with other programs, and that comes and goes.
/// A step has the same bits either way.
class Pace {
  public:
    Pace();

    /// Threads of the step that begins now, over `examples` examples: 1, or the `several` that its work is
    /// worth.
    std::size_t begin_step(std::size_t several, std::size_t examples);
    /// A part of the step has taken so long.
    void took(double seconds) { step_seconds_ += seconds; }
    /// Whether that is of any use.
    bool counts() const { return counts_; }
    /// Whether there has been no step over so many examples, so that either choice may still need memory.
    bool is_first_step() const { return is_first_step_; }

  private:
    void end_step();
    void end_window();
    double cost_of_trial() const;
    void change();

    bool shares_ = true;       ///< steps take several threads
    bool is_trial_ = false;    ///< of what was slower when it was tried last
    double paces_[2] = {};     ///< [shares_]: seconds a step; 0: not known yet
    double budget_;            ///< seconds that trials may cost from now on
    std::size_t largest_ = 0;  ///< examples of the steps that count
    bool counts_ = false;      ///< the step under way does
    bool is_first_step_ = false;
    double step_seconds_ = 0.0;
    double window_seconds_ = 0.0;
    std::size_t window_steps_ = 0;
    std::size_t steps_to_skip_ = 0;
};

/// Tells how long its own life was.
class PartOfStep {
  public:
    explicit PartOfStep(Pace& pace) : pace_(pace) {
        if (pace_.counts()) begin_ = Clock::now();
    }
    ~PartOfStep() {
        if (pace_.counts()) pace_.took(std::chrono::duration<double>(Clock::now() - begin_).count());
    }
    PartOfStep(const PartOfStep&) = delete;
    PartOfStep& operator=(const PartOfStep&) = delete;

  private:
    using Clock = std::chrono::steady_clock;
    Pace& pace_;
    Clock::time_point begin_;
};

}  // namespace thalweg
