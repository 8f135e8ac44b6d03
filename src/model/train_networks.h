#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/checkpointer.h"
#include "model/defaults.h"
#include "model/prepare.h"
#include "model/side_by_side.h"

namespace thalweg {

/// A network that is to be trained.
struct NetworkTask {
    std::uint64_t seed = 0;
    std::optional<std::size_t> fold = {};  ///< from 0: it validates on this one and learns from the others
    std::size_t kind = 0;                  ///< which of the kinds of networks it is
    /// Options that differ from task to task: the model tells them of the network and not of the whole.
    std::map<std::string, std::string> record = {};
};

/// The seed of the network at this place of an ensemble: the first has `seed` itself.
std::uint64_t network_seed(std::uint64_t seed, std::size_t place);

/// Where a network of this kind starts from. training: the rows that it will learn from; features: the column
/// that each input comes from.
Network<float> start_network(const Choices& kind, const Examples& training, std::uint64_t seed,
                             std::span<const std::size_t> features);

/// The networks that the options ask for: seed after seed, and of each the folds in order. Seeds take the
/// kinds in turns, or where there is one alone its folds do.
std::vector<NetworkTask> network_tasks(const TrainOptions& options, std::size_t kinds = 1);

/// Trains them, each as its kind says, and shares threads as `sharing` says; none where a network had not
/// begun when training ended. A time limit is shared out: each network may take what is left, divided by the
/// networks that will still have to follow each other. The bits depend on neither threads nor order.
/// Callbacks are called one at a time. With `checkpointing` networks that were trained already are taken as
/// they are, and those under way go on.
std::vector<std::optional<FitResult>> train_networks(const Prepared& prepared,
                                                     const std::vector<Choices>& kinds,
                                                     const std::vector<NetworkTask>& tasks,
                                                     const Sharing& sharing, const TrainHooks& hooks,
                                                     std::optional<Checkpointing> checkpointing = {});

}  // namespace thalweg
