#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/training_identity.h"
#include "train/fit_keeper.h"

namespace thalweg {

inline constexpr int kCheckpointFormat = 1;

/// One network of a training: not begun, under way, or trained.
struct NetworkCheckpoint {
    std::shared_ptr<const FitProgress> progress;
    std::shared_ptr<const FitResult> result;            ///< without its network
    std::shared_ptr<const AlignedVector<float>> theta;  ///< of that network
};

/// A training as far as it has come.
struct Checkpoint {
    TrainingIdentity identity;
    double seconds = 0.0;  ///< of training
    std::vector<NetworkCheckpoint> networks;
};

/// Replaces the file as a whole. Throws Error{io}.
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

/// The bytes of its file (docs/format.md, "The checkpoint").
std::string checkpoint_bytes(const Checkpoint& checkpoint);

/// The checkpoint in the bytes of a file that messages call `source`. Nothing in them is trusted: every size
/// is checked before it is used, and every byte is covered by the checksum. Throws Error{model}.
Checkpoint checkpoint_from_bytes(std::string_view bytes, const std::string& source);
/// Throws Error{io} too.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace thalweg
