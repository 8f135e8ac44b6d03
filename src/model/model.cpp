#include "thalweg/model.hpp"

#include <utility>

#include "model/row_predictor.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

std::vector<ModelNetwork> alone(Network<float> network) {
    std::vector<ModelNetwork> networks(1);
    networks.front().network = std::move(network);
    return networks;
}

void check_networks(const std::vector<ModelNetwork>& networks) {
    if (networks.empty()) throw Error(ErrorKind::usage, "a model of no network predicts nothing");
    for (const ModelNetwork& one : networks) {
        if (one.weight == 0)
            throw Error(ErrorKind::usage, "a network that counts 0 times has no place in a model");
        const NetworkShape &shape = one.network.shape(), &first = networks.front().network.shape();
        if (shape.inputs() != first.inputs() || shape.outputs() != first.outputs() ||
            shape.output != first.output)
            throw Error(ErrorKind::usage,
                        "the networks of a model must have the same inputs, outputs and output function");
    }
}

}  // namespace

Model::Model(Preprocessor preprocessor, TargetCoder target_coder, Network<float> network, LossFunction loss,
             std::map<std::string, std::string> training)
    : Model(std::move(preprocessor), std::move(target_coder), alone(std::move(network)), std::move(loss),
            std::move(training)) {}

Model::Model(Preprocessor preprocessor, TargetCoder target_coder, std::vector<ModelNetwork> networks,
             LossFunction loss, std::map<std::string, std::string> training, HeldOut held_out)
    : preprocessor_(std::move(preprocessor)),
      target_coder_(std::move(target_coder)),
      networks_(std::move(networks)),
      loss_(std::move(loss)),
      training_(std::move(training)),
      held_out_(std::move(held_out)) {
    check_networks(networks_);
    predictor_ = std::make_shared<const RowPredictor>(preprocessor_, networks_);
}

const RowPredictor& Model::predictor() const {
    if (predictor_ == nullptr)
        throw Error(ErrorKind::usage, "an empty model predicts nothing; train one, or load one from a file");
    return *predictor_;
}

}  // namespace thalweg
