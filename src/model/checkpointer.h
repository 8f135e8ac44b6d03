#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "model/checkpoint_file.h"
#include "thalweg/checkpoint.hpp"

namespace thalweg {

/// How a training keeps checkpoints, and where it goes on from.
struct Checkpointing {
    CheckpointOptions options;
    TrainingIdentity identity;
    std::optional<Checkpoint> from;
};

/// What can be known before the data is read. Throws Error{usage}, Error{io}.
void check_checkpoint(const CheckpointOptions& options);

/// Nothing where no checkpoint is kept. Throws as CheckpointOptions says.
std::optional<Checkpointing> begin_checkpointing(const CheckpointOptions& options, const TrainOptions& train,
                                                 const Table& table, const Table* validation);

/// Where the training goes on from, in words: "no checkpoint at run.checkpoint yet: training begins"; ""
/// where that was not asked for.
std::string resumed_text(const Checkpointing& checkpointing);

/// Writes down how far the networks of a training are, on a thread of its own: networks hand over copies of
/// their states and train on while these go to the disk.
class Checkpointer {
  public:
    /// warn: told where a checkpoint could not be written, from any thread. Throws Error{model} where the
    /// training that is to go on has another number of networks.
    Checkpointer(Checkpointing checkpointing, std::size_t networks,
                 std::function<void(const std::string&)> warn);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// Of the trainings before this one.
    double seconds_before() const { return seconds_before_; }
    NetworkCheckpoint of_network(std::size_t network) const;

    /// For the fit of this network, which begins.
    std::unique_ptr<FitKeeper> begin(std::size_t network);
    /// The fit has come to its own end, or was stopped: then what its keeper got last counts.
    void end(std::size_t network, const FitResult& result);
    /// All have ended: the last checkpoint is written.
    void finish();

  private:
    class Keeper;

    void run();
    void run_by_time(std::unique_lock<std::mutex>& lock);
    void run_by_epochs(std::unique_lock<std::mutex>& lock);
    void write(std::unique_lock<std::mutex>& lock, const char* without_it = "training goes on without it");
    void warn_of(const char* problem, const char* consequence);
    bool all_have_kept() const;
    void stop();

    struct Running {
        bool runs = false;
        std::size_t kept_round = 0;
    };

    CheckpointOptions options_;
    double seconds_before_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::function<void(const std::string&)> warn_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Checkpoint checkpoint_;
    std::vector<Running> running_;
    std::atomic<std::size_t> round_{0};  ///< a state is wanted of every network that runs
    bool fresh_ = false;                 ///< a state has come in that is not written
    bool ending_ = false;
    std::thread writer_;
};

}  // namespace thalweg
