#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/train_options.hpp"

namespace thalweg {

bool is_tabm(Preset preset);

/// What the options leave open, as TabM and TabM-mini have it, but for what depends on the rows. Throws
/// Error{usage} for options that the recipe cannot have, naming both.
TrainOptions with_tabm(TrainOptions options);

std::vector<std::size_t> tabm_hidden(bool embeds_numbers);
std::size_t tabm_batch_size(std::size_t training_rows);

}  // namespace thalweg
