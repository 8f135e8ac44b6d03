#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "insight/explanation.h"

namespace thalweg {

/// w_{layer,p,q}, which joins neuron q of layer - 1 to neuron p of `layer`; q = 0 is the bias b_{layer,p}.
/// All count from 1.
struct WeightPlace {
    std::size_t layer = 1;
    std::size_t p = 1;
    std::size_t q = 1;
};

/// "2,1,3". Throws Error{usage} for anything else.
WeightPlace parse_weight_place(std::string_view text);

/// One way from the loss back to the weight: through an output and one neuron of every hidden layer above.
struct WeightPath {
    std::vector<std::size_t> neurons;  ///< from 1; of layers L, L-1, ..., `layer`; the last one is p
    std::vector<double> factors;       ///< grad_{a_L}; for each layer below it w and g'(a); at last h
    double product = 1.0;
};

/// What a neuron of the layer above says to neuron p: w_{layer+1,r,p} grad_{a_{layer+1},r}.
struct WeightTerm {
    std::size_t neuron = 1;
    double weight = 0.0;
    double grad_above = 0.0;
    double product() const { return weight * grad_above; }
};

/// Why the loss changes with one weight: d loss / d w is the sum over all paths, and grad_{a,p} times what
/// the weight multiplies.
struct WeightStory {
    WeightPlace place;
    double value = 0.0;       ///< of the weight
    double input = 1.0;       ///< what it multiplies: h_{layer-1,q}; 1 for a bias
    double grad_a = 0.0;      ///< grad_{a_layer,p}
    double derivative = 1.0;  ///< g'(a_layer,p) in a hidden layer
    double gradient = 0.0;    ///< d loss / d w, of back propagation
    double difference = 0.0;  ///< the same by a central difference
    double step = 0.0;        ///< of which
    double path_count = 1.0;
    std::vector<WeightPath> paths;  ///< all of them; empty where they are more than a person reads
    std::vector<WeightTerm> terms;  ///< of grad_{h_layer,p}, the largest first; none in the output layer

    bool is_bias() const { return place.q == 0; }
    std::string name() const;  ///< "w_2,1,3", "b_2,1"
};

/// More paths than this are told as a sum.
inline constexpr double kMostPaths = 64.0;

/// Throws Error{usage}: no such weight (and which there are), or no label to compare with.
WeightStory tell_weight(const Explanation& explanation, const WeightPlace& place);

}  // namespace thalweg
