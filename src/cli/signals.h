#pragma once

#include <atomic>

namespace thalweg::cli {

/// The exit status after Ctrl-C: 128 + SIGINT, as shells have it.
inline constexpr int kInterrupted = 130;

/// While it lives, SIGINT and SIGTERM ask for a stop instead of ending the program at once; a second one does
/// end it. One at a time.
class StopOnSignal {
  public:
    StopOnSignal();
    ~StopOnSignal();
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

    /// Read by the training after each batch.
    static const std::atomic<bool>* flag();
};

/// Makes SIGINT and SIGTERM end the program with kInterrupted: before and after training there is nothing to
/// keep.
void exit_on_signals();

}  // namespace thalweg::cli
