#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/choice.hpp"
#include "tune/space.h"

struct sqlite3;

namespace thalweg {

inline constexpr int kStudySchema = 1;

/// Where the training of a trial for a rung stands. stopped: it was trained, and others go on instead;
/// interrupted: it was cut short by Ctrl-C or the time limit, and is trained again when the search goes on.
enum class TrialState { running, done, stopped, interrupted, failed };

template <>
struct ChoiceTable<TrialState> {
    static constexpr std::string_view noun = "state of a trial";
    static constexpr std::pair<TrialState, std::string_view> entries[] = {
        {TrialState::running, "running"},       {TrialState::done, "done"},
        {TrialState::stopped, "stopped early"}, {TrialState::interrupted, "interrupted"},
        {TrialState::failed, "failed"},
    };
};

/// A trial is one choice of hyper-parameters; for each rung that it reaches it is trained once.
struct TrialRun {
    std::size_t trial = 0;  ///< from 0, which is the preset's own defaults
    std::size_t rung = 0;   ///< from 0, the shortest trainings
    Hyperparameters values = {};
    std::size_t epochs = 0;  ///< planned
    TrialState state = TrialState::running;
    std::optional<double> score = {};  ///< on rows held out; less is better
    std::optional<double> loss = {};   ///< mean over networks of the validation loss of their best epochs
    std::map<std::string, double> metrics = {};
    double seconds = 0.0;       ///< of training
    double core_seconds = 0.0;  ///< those times the threads that it had
    double ended = 0.0;         ///< seconds of search when it had ended
    std::string message = {};   ///< failed: why

    bool trained() const { return state == TrialState::done || state == TrialState::stopped; }
};

/// The trials of a search, kept in an SQLite file (docs/tuning.md has the tables). Every change is committed
/// before the call returns. Methods throw Error{io} where the file cannot be written, Error{model} where it
/// is damaged. Not for several threads at once.
class Study {
  public:
    /// Makes the file, with these texts in it. Throws Error{io}.
    static Study create(const std::filesystem::path& path, const std::map<std::string, std::string>& texts);
    /// Opens one that is there; reading changes no byte of it. Throws Error{io}, Error{model}: not SQLite, no
    /// study, of a newer schema.
    static Study open(const std::filesystem::path& path);

    /// What a program that was killed as it made the file left of it, or nothing: a search can begin there.
    static bool is_empty(const std::filesystem::path& path);

    Study(Study&&) noexcept;
    Study& operator=(Study&&) noexcept;
    ~Study();

    /// Keeps others from writing it too. Throws Error{io} where another search does.
    void lock();

    const std::string& source() const { return source_; }
    /// Throws Error{model} where there is none.
    std::string text(const std::string& key) const;
    std::optional<std::string> find_text(const std::string& key) const;
    void set_text(const std::string& key, const std::string& value);

    /// In the order of trials and rungs.
    std::vector<TrialRun> runs() const;
    /// Adds or replaces that of the trial and rung, and with `networks` what was trained: a blob for each.
    /// seconds: of search so far.
    void put(const TrialRun& run, const std::vector<std::string>& networks, double seconds);
    void set_state(const std::vector<std::pair<std::size_t, std::size_t>>& trials_and_rungs,
                   TrialState state);
    /// Those of a training that are kept; empty where none are.
    std::vector<std::string> networks(std::size_t trial, std::size_t rung) const;
    void drop_networks(std::size_t trial, std::size_t rung);

  private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    struct Unlock {
        int descriptor = -1;
        Unlock() = default;
        Unlock(Unlock&& other) noexcept : descriptor(std::exchange(other.descriptor, -1)) {}
        Unlock& operator=(Unlock&& other) noexcept {
            std::swap(descriptor, other.descriptor);
            return *this;
        }
        ~Unlock();
    };

    Study(std::string source, sqlite3* database);
    void execute(const char* statements) const;

    std::string source_;
    Unlock lock_;  ///< declared first, so that it ends last: closing a descriptor ends SQLite's own locks
    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace thalweg
