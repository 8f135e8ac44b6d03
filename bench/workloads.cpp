#include "bench/workloads.h"

#include <utility>

#include "thalweg/choice.hpp"
#include "thalweg/error.hpp"

namespace thalweg::bench {
namespace {

using Widths = std::vector<std::size_t>;

const Widths kTheory = {3, 3, 3, 2};
const Widths kSmallTable = {30, 64, 64, 1};
const Widths kTable = {54, 256, 256, 256, 7};
const Widths kDigits = {784, 256, 128, 10};
const Widths kWide = {784, 2048, 2048, 10};

/// 16, then 20 layers of 16, then 2.
Widths deep_and_thin() {
    Widths widths(21, 16);
    widths.push_back(2);
    return widths;
}

Output output_of(Loss loss) {
    return loss == Loss::cross_entropy ? Output::softmax : Output::linear;
}

Workload training(std::string name, Widths widths, Activation activation, Loss loss, OptimizerKind optimizer,
                  std::size_t batch) {
    const double learning_rate = optimizer == OptimizerKind::sgd ? 0.01 : 0.001;
    return {
        std::move(name), Kind::training, {std::move(widths), activation, output_of(loss)}, loss, optimizer,
        learning_rate,   batch};
}

Workload inference(const Workload& trained, std::size_t batch) {
    Workload workload = trained;
    workload.name = trained.name.substr(0, 2) + "-infer" + std::to_string(batch);
    workload.kind = Kind::inference;
    workload.batch = batch;
    return workload;
}

std::vector<Workload> all_workloads() {
    using enum Activation;
    using enum Loss;
    using enum OptimizerKind;
    std::vector<Workload> all = {
        training("W0a", kTheory, tanh, cross_entropy, sgd, 1),
        training("W0b", kTheory, tanh, cross_entropy, sgd, 32),
        training("W1a", kSmallTable, relu, squared_error, adam, 32),
        training("W1b", kSmallTable, relu, squared_error, adam, 256),
        training("W2", kTable, relu, cross_entropy, adam, 256),
        training("W3", kDigits, relu, cross_entropy, adam, 128),
        training("W4", kWide, relu, cross_entropy, adam, 512),
        training("W5", deep_and_thin(), tanh, cross_entropy, sgd, 64),
    };
    const Workload small_table = all[2];
    const Workload digits = all[5];
    for (const Workload& trained : {small_table, digits})
        for (const std::size_t batch : {1, 1024}) all.push_back(inference(trained, batch));
    return all;
}

}  // namespace

double Workload::flops() const {
    double weights = 0.0;
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer)
        weights += static_cast<double>(shape.widths[layer] * shape.widths[layer - 1]);
    const double first = static_cast<double>(shape.widths[0] * shape.widths[1]);
    const double products = kind == Kind::training ? 3.0 * weights - first : weights;
    return 2.0 * static_cast<double>(batch) * products;
}

const std::vector<Workload>& workloads() {
    static const std::vector<Workload> all = all_workloads();
    return all;
}

const Workload& find_workload(const std::string& name) {
    std::vector<std::string> names;
    for (const Workload& workload : workloads()) {
        if (workload.name == name) return workload;
        names.push_back(workload.name);
    }
    throw Error(ErrorKind::usage, unknown_name_message("workload", name, names));
}

}  // namespace thalweg::bench
