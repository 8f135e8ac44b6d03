#pragma once

#include <cstddef>
#include <string>

#include "thalweg/model.hpp"

namespace thalweg {

/// The same parameters in double.
Network<double> in_double(const Network<float>& network);
/// And in float.
Network<float> in_float(const Network<double>& network);

/// Member m (from 0) of an ensemble (see Members) as a network of its own: its r and s go into the weights,
///     s . (W (r . h)) + b = (s W r) h + b
Network<double> member_alone(const Network<float>& network, std::size_t m);

/// How many networks a model predicts the mean of: each member of an ensemble is one.
std::size_t count_networks(const Model& model);

/// Number `number` of them, from 1. Throws Error{usage} where there is none, with how many there are.
Network<double> network_alone(const Model& model, std::size_t number);

/// "member 3 of 8, its factors r and s in W"; empty where it is no member.
std::string member_text(const Model& model, std::size_t number);

}  // namespace thalweg
