#pragma once

#include <filesystem>

#include "insight/growing_file.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// How training goes, written while it goes: one JSON object a line, {"event":"step",...} and
/// {"event":"epoch",...} as they come, at last {"event":"end",...} with what became of it. An epoch's lines
/// are in the file when the epoch ends.
class TrainingLog {
  public:
    explicit TrainingLog(const std::filesystem::path& path) : file_(path) {}

    /// Hooks that write, and then call those that `hooks` has already. The log must outlive the training.
    void listen(TrainHooks& hooks);
    /// The last line. Throws Error{io} where not all could be written.
    void end(const Training& training);

  private:
    void write(const StepReport& step);
    void write(const EpochReport& epoch);

    GrowingFile file_;
};

}  // namespace thalweg
