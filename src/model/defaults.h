#pragma once

#include <cstddef>
#include <vector>

#include "model/pair.h"
#include "thalweg/network.hpp"
#include "thalweg/train.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// What the defaults depend on.
struct DataFacts {
    std::size_t training_rows = 0;
    std::size_t validation_rows = 0;
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::vector<std::size_t> numbers = {};       ///< which inputs are numbers (and may be embedded)
    std::vector<std::vector<float>> edges = {};  ///< of the bins of each, where they are embedded in bins
    CategoryEmbedding categories = {};           ///< those to embed
    std::vector<Direction> monotone = {};        ///< see FitOptions
    std::vector<Bounds> bounds = {};             ///< of each output, see FitOptions
    std::size_t networks = 1;                    ///< that share the time
};

/// Every choice made for a network.
struct Choices {
    NetworkShape shape;
    double frequency_scale = 1.0;  ///< see initialise
    FitOptions fit;
    Initialisation initialisation = Initialisation::standard;
};

/// The update rule.
OptimizerKind choose_rule(const TrainOptions& options);

/// The share of labelled rows to validate on.
double choose_validation_share(const TrainOptions& options);

/// How numbers enter the network: where in bins, choose() needs their edges.
Embedding choose_embedding(const TrainOptions& options, const DataFacts& facts);

/// How many networks a model gets.
struct NetworkCounts {
    std::size_t ensemble = 1;
    std::size_t folds = 1;
    bool mixed = false;    ///< networks are of several kinds where choose_kinds has several
    bool selects = false;  ///< how much each counts is told by rows that they had not learnt from

    bool operator==(const NetworkCounts&) const = default;
};

/// What the options say; where they say nothing of networks and their learning, more than one for as many
/// rows as time allows. `rows`: those with every target; `validates`: on a table of its own.
NetworkCounts choose_networks(const TrainOptions& options, std::size_t rows, bool validates);

/// What the options say, and where they leave something open what the preset chooses for such data. Depends
/// on nothing else, so that the same data gives the same model on any machine. Throws Error{usage} for widths
/// that cannot be.
Choices choose(const TrainOptions& options, const DataFacts& facts, const Pair& pair);

/// Mixed `counts`, which are in the options already, for such data: from 750 rows on one network a fold where
/// no second kind fits the data, or where two would have few epochs each.
NetworkCounts suited(const NetworkCounts& counts, const TrainOptions& options, const DataFacts& facts,
                     const Pair& pair);

/// Whether there are numbers that a second kind of network would see differently, and not too many of them.
bool has_second_kind(const DataFacts& facts);

/// The kinds of networks that a model has: one, or where they may be mixed and there is a second, two.
std::vector<Choices> choose_kinds(const TrainOptions& options, const DataFacts& facts, const Pair& pair,
                                  bool mixed);

/// `options` with every open field filled in from what was chosen: the record in the model.
TrainOptions filled(TrainOptions options, const Choices& choices);

}  // namespace thalweg
