#include "model/checkpointer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include "core/file.h"
#include "thalweg/error.hpp"

namespace thalweg {

void check_checkpoint(const CheckpointOptions& options) {
    if (options.file.empty()) {
        if (!options.resume) return;
        throw Error(ErrorKind::usage, "--resume goes on from a file: name it with --checkpoint");
    }
    std::error_code unknown;
    if (!options.resume && std::filesystem::exists(options.file, unknown))
        throw Error(ErrorKind::usage,
                    fmt::format("--checkpoint {}: there is a file already, which may be hours of work; go on "
                                "from it with --resume, or delete it",
                                options.file.string()));
    check_writable(options.file);
}

std::optional<Checkpointing> begin_checkpointing(const CheckpointOptions& options, const TrainOptions& train,
                                                 const Table& table, const Table* validation) {
    check_checkpoint(options);
    if (options.file.empty()) return std::nullopt;
    Checkpointing checkpointing{options, identity_of(train, table, validation), {}};
    try {
        static_cast<void>(to_json(checkpointing.identity).dump());
    } catch (const nlohmann::json::type_error& error) {
        throw Error(
            ErrorKind::data,
            fmt::format("a name cannot be stored in a checkpoint, it is not UTF-8: {}", error.what()));
    }
    std::error_code unknown;
    if (options.resume && std::filesystem::exists(options.file, unknown)) {
        checkpointing.from = load_checkpoint(options.file);
        check_same_training(checkpointing.from->identity, checkpointing.identity, options.file.string());
    }
    return checkpointing;
}

std::string resumed_text(const Checkpointing& checkpointing) {
    const std::string file = checkpointing.options.file.string();
    if (!checkpointing.from)
        return checkpointing.options.resume ? fmt::format("no checkpoint at {} yet: training begins", file)
                                            : "";
    const std::vector<NetworkCheckpoint>& networks = checkpointing.from->networks;
    const auto trained = static_cast<std::size_t>(std::ranges::count_if(
        networks, [](const NetworkCheckpoint& network) { return network.result != nullptr; }));
    if (trained == networks.size())
        return fmt::format("training had come to its end in {}: the model is made from it", file);
    std::vector<std::string> under_way;
    for (std::size_t i = 0; i < networks.size(); ++i)
        if (const auto& progress = networks[i].progress)
            under_way.push_back(networks.size() == 1
                                    ? fmt::format("epoch {}, step {}", progress->epoch, progress->step)
                                    : fmt::format("network {} is in epoch {}", i + 1, progress->epoch));
    if (networks.size() > 1)
        under_way.insert(under_way.begin(),
                         fmt::format("{} of {} networks are trained", trained, networks.size()));
    return fmt::format(
        "training goes on from {}: {}", file,
        under_way.empty() ? "nothing was learnt yet" : fmt::format("{}", fmt::join(under_way, ", ")));
}

/// Hands over what one network wants kept.
class Checkpointer::Keeper final : public FitKeeper {
  public:
    Keeper(Checkpointer& checkpointer, std::size_t network)
        : checkpointer_(checkpointer), network_(network) {}

    bool wants_step() override {
        return checkpointer_.options_.epochs == 0 &&
               checkpointer_.round_.load(std::memory_order_relaxed) != kept_round_;
    }
    bool wants_epoch(std::size_t epoch) override {
        const std::size_t every = checkpointer_.options_.epochs;
        return every > 0 ? epoch % every == 0 : wants_step();
    }
    void keep(std::shared_ptr<const FitProgress> progress) override {
        const std::lock_guard lock(checkpointer_.mutex_);
        kept_round_ = checkpointer_.round_.load(std::memory_order_relaxed);
        checkpointer_.checkpoint_.networks[network_].progress = std::move(progress);
        checkpointer_.running_[network_].kept_round = kept_round_;
        checkpointer_.fresh_ = true;
        checkpointer_.changed_.notify_all();
    }

  private:
    Checkpointer& checkpointer_;
    std::size_t network_;
    std::size_t kept_round_ = checkpointer_.round_.load(std::memory_order_relaxed);
};

Checkpointer::Checkpointer(Checkpointing checkpointing, std::size_t networks,
                           std::function<void(const std::string&)> warn)
    : options_(std::move(checkpointing.options)),
      seconds_before_(checkpointing.from ? checkpointing.from->seconds : 0.0),
      warn_(std::move(warn)),
      running_(networks) {
    if (checkpointing.from) {
        checkpoint_ = *std::move(checkpointing.from);
        if (checkpoint_.networks.size() != networks)
            throw Error(ErrorKind::model,
                        fmt::format("{}: the checkpoint has {} networks, the training {}; is it damaged?",
                                    options_.file.string(), checkpoint_.networks.size(), networks));
    }
    checkpoint_.identity = std::move(checkpointing.identity);
    checkpoint_.networks.resize(networks);
    writer_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
    stop();
}

NetworkCheckpoint Checkpointer::of_network(std::size_t network) const {
    const std::lock_guard lock(mutex_);
    return checkpoint_.networks[network];
}

std::unique_ptr<FitKeeper> Checkpointer::begin(std::size_t network) {
    const std::lock_guard lock(mutex_);
    running_[network] = {true, round_};
    return std::make_unique<Keeper>(*this, network);
}

void Checkpointer::end(std::size_t network, const FitResult& result) {
    const bool stopped =
        result.stop_reason == StopReason::stopped || result.stop_reason == StopReason::time_limit;
    NetworkCheckpoint trained;
    if (!stopped) {
        const std::span<const float> theta = result.network.theta();
        trained.theta = std::make_shared<AlignedVector<float>>(theta.begin(), theta.end());
        trained.result = std::make_shared<FitResult>(FitResult{{},
                                                               result.history,
                                                               result.best_epoch,
                                                               result.best_score,
                                                               result.stop_reason,
                                                               result.divergence,
                                                               result.seconds});
    }
    const std::lock_guard lock(mutex_);
    if (!stopped) checkpoint_.networks[network] = std::move(trained);
    running_[network].runs = false;
    fresh_ = true;
    changed_.notify_all();
}

void Checkpointer::finish() {
    stop();
    std::unique_lock lock(mutex_);
    write(lock, "what was learnt since the one before it is in the model alone");
}

void Checkpointer::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        changed_.notify_all();
    }
    if (writer_.joinable()) writer_.join();
}

void Checkpointer::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (options_.epochs > 0)
            run_by_epochs(lock);
        else
            run_by_time(lock);
    }
}

/// Once an interval has passed, all networks that run are asked for their states.
void Checkpointer::run_by_time(std::unique_lock<std::mutex>& lock) {
    const std::chrono::duration<double> interval(options_.seconds);
    if (changed_.wait_for(lock, interval, [this] { return ending_; })) return;
    ++round_;
    changed_.wait(lock, [this] { return ending_ || all_have_kept(); });
    if (!ending_) write(lock);
}

void Checkpointer::run_by_epochs(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [this] { return ending_ || fresh_; });
    if (!ending_) write(lock);
}

bool Checkpointer::all_have_kept() const {
    return std::ranges::all_of(
        running_, [this](const Running& network) { return !network.runs || network.kept_round == round_; });
}

void Checkpointer::warn_of(const char* problem, const char* consequence) {
    try {
        warn_(fmt::format("the checkpoint was not written: {}; {}", problem, consequence));
    } catch (const std::exception&) {
        // Without memory for a warning there will be none for what follows, and that tells.
    }
}

/// Training goes on where the disk is full: what it has learnt is worth more than a checkpoint, and the one
/// before is still there.
void Checkpointer::write(std::unique_lock<std::mutex>& lock, const char* without_it) {
    fresh_ = false;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
    checkpoint_.seconds = seconds_before_ + taken.count();
    try {
        const Checkpoint copy = checkpoint_;
        lock.unlock();
        save_checkpoint(copy, options_.file);
    } catch (const std::bad_alloc&) {
        warn_of("not enough memory", without_it);
    } catch (const std::exception& error) {
        warn_of(error.what(), without_it);
    }
    if (!lock.owns_lock()) lock.lock();
}

}  // namespace thalweg
