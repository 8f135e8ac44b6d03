#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

#include "insight/event_file.h"
#include "insight/growing_file.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// How training goes as event files that TensorBoard opens, written while it goes: in `folder`, or where
/// there are several networks in a folder network_N for each. What the folder holds already stays.
class TensorBoardLog {
  public:
    explicit TensorBoardLog(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Hooks that write, and then call those that `hooks` has already. The log must outlive the training.
    void listen(TrainHooks& hooks);
    /// Throws Error{io} where not all could be written.
    void end();

  private:
    struct Run {
        EventFile events;
        GrowingFile file;
        std::size_t step = 0;  ///< the last one
    };

    Run& run_of(std::size_t network);
    void write(const StepReport& step);
    void write(const EpochReport& epoch);

    std::filesystem::path folder_;
    std::size_t networks_ = 1;
    std::map<std::size_t, Run> runs_;
    std::string failure_;  ///< to make a folder
};

/// Says before the work whether files can be written into the folder, which need not exist yet; makes
/// nothing. Throws Error{io}.
void check_tensorboard_folder(const std::filesystem::path& folder);

}  // namespace thalweg
