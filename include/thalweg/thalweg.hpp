#pragma once

/// Thalweg: feed-forward neural networks, trained and run on a CPU. This header gives all of the library.

#include "thalweg/activation.hpp"
#include "thalweg/cell.hpp"
#include "thalweg/choice.hpp"
#include "thalweg/continuation.hpp"
#include "thalweg/cross_validation.hpp"
#include "thalweg/dataset.hpp"
#include "thalweg/error.hpp"
#include "thalweg/fit_state.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/model.hpp"
#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/precision.hpp"
#include "thalweg/preprocessor.hpp"
#include "thalweg/schedule.hpp"
#include "thalweg/table.hpp"
#include "thalweg/train.hpp"
#include "thalweg/train_options.hpp"
#include "thalweg/version.hpp"
