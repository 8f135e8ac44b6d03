#pragma once

#include <cstddef>
#include <filesystem>

namespace thalweg {

/// A file in which a training notes now and then where it stands, so that one that was killed can go on and
/// end with the same bits. `train` with `resume` goes on from it; where there is no such file yet, it begins.
/// Throws Error{usage} where the options are others than those that it began with (threads and time limit
/// may be), or where there is a file and `resume` was not asked for; Error{data} where the tables are others;
/// Error{model} where the file is damaged or another version's.
struct CheckpointOptions {
    std::filesystem::path file = {};  ///< empty: none is kept
    double seconds = 60.0;            ///< from one to the next
    std::size_t epochs = 0;           ///< above 0, instead: after so many epochs of a network
    bool resume = false;
};

}  // namespace thalweg
