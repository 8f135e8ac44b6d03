#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

/// A report of training and when it came, in seconds since 1970.
template <class Report>
struct Timed {
    Report report;
    double time = 0.0;
};

/// Everything that training reports, step by step and epoch by epoch, of all networks in the order in which
/// it came. The renderings beside it write it as lines of JSON and as TensorBoard's event files.
class TrainingLog {
  public:
    /// Hooks that record, and then call those that `hooks` has already. The log must outlive the training.
    void listen(TrainHooks& hooks);

    const std::vector<Timed<StepReport>>& steps() const { return steps_; }
    const std::vector<Timed<EpochReport>>& epochs() const { return epochs_; }
    /// How many networks have reported.
    std::size_t networks() const;

  private:
    std::vector<Timed<StepReport>> steps_;
    std::vector<Timed<EpochReport>> epochs_;
};

/// One JSON object a line: {"event":"step",...} and {"event":"epoch",...} as they came, at last
/// {"event":"end",...} with what became of the training.
std::string log_lines(const TrainingLog& log, const Training& training);

/// Writes event files that TensorBoard opens: into `folder`, or where there are several networks into a
/// folder network_N for each. What the folder holds already stays. Throws Error{io}.
void write_tensorboard(const TrainingLog& log, const std::filesystem::path& folder);
/// Makes the folder and says before the work whether files can be written into it. Throws Error{io}.
void check_tensorboard_folder(const std::filesystem::path& folder);

}  // namespace thalweg
