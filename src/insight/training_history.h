#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

/// Items of a long row of them at even distances, never many: where they become too many every second one
/// goes, and from then on only every second comes.
template <class Item>
class Thinned {
  public:
    explicit Thinned(std::size_t most) : most_(most) {}

    /// True where the next one is wanted.
    bool wants_next() { return seen_++ % stride_ == 0; }
    void add(Item item) {
        items_.push_back(std::move(item));
        if (items_.size() < most_) return;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < items_.size(); i += 2) {
            if (i != kept) items_[kept] = std::move(items_[i]);
            ++kept;
        }
        items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(kept), items_.end());
        stride_ *= 2;
    }
    const std::vector<Item>& items() const { return items_; }

  private:
    std::size_t most_;
    std::size_t seen_ = 0;
    std::size_t stride_ = 1;
    std::vector<Item> items_;
};

/// A step, with a copy of what its report only lends.
struct KeptStep {
    std::size_t step = 0;
    double loss = 0.0;
    double gradient_norm = 0.0;
    double learning_rate = 0.0;
    std::vector<double> layer_gradient_norms;
};

/// A network's parameters on their way.
struct Snapshot {
    std::size_t epoch = 0;  ///< 0: the start
    NetworkShape shape;
    std::vector<float> theta;

    Network<float> network() const;
};

/// What is kept of a training to draw it, bounded however long it is: some steps of every network, and of the
/// first few networks the parameters after some epochs. Looking at those waits until training is over, so
/// that all it costs is their copies.
class TrainingHistory {
  public:
    /// Hooks that keep, and then call those that `hooks` has already. The history must outlive the training.
    void listen(TrainHooks& hooks);

    /// How many networks were to be trained.
    std::size_t networks() const { return networks_; }
    /// Of network `network` (from 1).
    const std::vector<KeptStep>& steps(std::size_t network) const;
    /// The first is the start; empty for the later ones of many networks, and where they are too large.
    const std::vector<Snapshot>& snapshots(std::size_t network) const;

  private:
    void keep(const ParametersReport& report);

    std::size_t networks_ = 1;
    std::map<std::size_t, Thinned<KeptStep>> steps_;
    std::map<std::size_t, Thinned<Snapshot>> snapshots_;
};

}  // namespace thalweg
