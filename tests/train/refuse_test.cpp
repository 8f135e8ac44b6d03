#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "problems.h"
#include "support/expect_error.h"
#include "train/check.h"

namespace thalweg {
namespace {

using test::expect_error;

FitOptions one_epoch(Loss loss = Loss::squared_error) {
    FitOptions options;
    options.loss.loss = loss;
    options.epochs = 1;
    options.threads = 1;
    return options;
}

Network<float> curve_network() {
    return network_of({3, 8, 1}, Activation::tanh, Output::linear);
}

struct BadOption {
    const char* flag;
    void (*spoil)(FitOptions&);
};

class FitRefusesOption : public testing::TestWithParam<BadOption> {};

TEST_P(FitRefusesOption, OutOfRangeByItsFlag) {
    FitOptions options = one_epoch();
    GetParam().spoil(options);
    expect_error(ErrorKind::usage, GetParam().flag,
                 [&] { fit(curve_network(), curve(10), nullptr, options); });
}

INSTANTIATE_TEST_SUITE_P(
    Options, FitRefusesOption,
    testing::Values(BadOption{"--dropout", [](FitOptions& o) { o.dropout = 1.0; }},
                    BadOption{"--dropout", [](FitOptions& o) { o.dropout = -0.1; }},
                    BadOption{"--batch-size", [](FitOptions& o) { o.batch_size = 0; }},
                    BadOption{"--epochs", [](FitOptions& o) { o.epochs = 0; }},
                    BadOption{"--dropout", [](FitOptions& o) { o.dropout = NAN; }},
                    BadOption{"--clip-norm",
                              [](FitOptions& o) {
                                  o.clip_norm = 1.0;
                                  o.optimizer.kind = OptimizerKind::lbfgs;
                              }},
                    BadOption{"--time-limit", [](FitOptions& o) { o.time_limit = NAN; }},
                    BadOption{"--clip-norm", [](FitOptions& o) { o.clip_norm = -1.0; }},
                    BadOption{"--time-limit", [](FitOptions& o) { o.time_limit = -1.0; }},
                    BadOption{"--learning-rate", [](FitOptions& o) { o.schedule.learning_rate = -1.0; }},
                    BadOption{"--warmup", [](FitOptions& o) { o.schedule.warmup = 2.0; }},
                    BadOption{"--huber-delta", [](FitOptions& o) { o.loss.delta = 0.0; }},
                    BadOption{"--quantile", [](FitOptions& o) { o.loss.quantile = 1.0; }},
                    BadOption{"--tweedie-power", [](FitOptions& o) { o.loss.tweedie_power = 2.0; }},
                    BadOption{"--label-smoothing", [](FitOptions& o) { o.loss.label_smoothing = 1.0; }}));

/// What a dataset can have wrong with it, and what is said of it.
struct BadData {
    const char* message;
    void (*spoil)(Dataset&);
};

class FitRefusesData : public testing::TestWithParam<BadData> {};

TEST_P(FitRefusesData, ThatDoesNotFitTheNetwork) {
    Dataset bad = curve(10);
    GetParam().spoil(bad);
    expect_error(ErrorKind::data, GetParam().message,
                 [&] { fit(curve_network(), bad, nullptr, one_epoch()); });
    const Dataset good = curve(10);
    expect_error(ErrorKind::data, "the validation data does not fit the network: ", [&] {
        fit(curve_network(), good, &bad, one_epoch());
    });
}

INSTANTIATE_TEST_SUITE_P(
    Datasets, FitRefusesData,
    testing::Values(
        BadData{"it has no rows",
                [](Dataset& d) {
                    d = Dataset();
                    d.inputs = 3;
                }},
        BadData{"a row has 4 inputs, the network takes 3", [](Dataset& d) { d.inputs = 4; }},
        BadData{"10 rows have 9 rows of numbers", [](Dataset& d) { d.dense = Matrix<float>(9, 3); }},
        BadData{"2 numbers are stored for a row of 3", [](Dataset& d) { d.dense = Matrix<float>(10, 2); }},
        BadData{"codes are 0 x 0, and 10 rows with 1 categorical columns need 10 x 1",
                [](Dataset& d) {
                    d.blocks = {{0, 3}};
                }},
        BadData{"has inputs 2 to 4, and there are 3",
                [](Dataset& d) {
                    d.blocks = {{2, 2}};
                    d.codes = Matrix<std::uint32_t>(10, 1);
                }},
        BadData{"row 5 has an input that is not a finite number",
                [](Dataset& d) { d.dense(4, 2) = std::numeric_limits<float>::quiet_NaN(); }},
        BadData{"targets are 0 x 0", [](Dataset& d) { d.values = {}; }},
        BadData{"targets are 10 x 2, and 10 rows with 1 outputs need 10 x 1",
                [](Dataset& d) { d.values = Matrix<float>(10, 2); }},
        BadData{"row 8: a target must be a finite number: got nan",
                [](Dataset& d) { d.values(7, 0) = std::numeric_limits<float>::quiet_NaN(); }},
        BadData{"10 rows have 3 example weights",
                [](Dataset& d) {
                    d.weights = {1.0f, 1.0f, 1.0f};
                }},
        BadData{"an example weight is negative or not a number",
                [](Dataset& d) {
                    d.weights.assign(10, 1.0f);
                    d.weights[3] = -1.0f;
                }},
        BadData{"every example weight is 0", [](Dataset& d) { d.weights.assign(10, 0.0f); }}));

TEST(FitRefuses, ClassesWithoutAnOutputAndMissingOnes) {
    const Network<float> two = network_of({2, 2}, Activation::tanh, Output::softmax);
    expect_error(ErrorKind::data, "class 2 needs an output of its own, and there are 2",
                 [&] { fit(two, sectors(50), nullptr, one_epoch(Loss::cross_entropy)); });
    expect_error(ErrorKind::data, "50 rows have 0 class targets",
                 [&] { fit(two, random_inputs(50, 2), nullptr, one_epoch(Loss::cross_entropy)); });
}

TEST(FitRefuses, TargetsOutsideTheRangeOfTheLossWithTheirRow) {
    Dataset data = curve(10);
    std::ranges::fill(data.values.elements(), 0.5f);
    data.values(6, 0) = -0.25f;
    const Network<float> probability = network_of({3, 1}, Activation::tanh, Output::logistic);
    expect_error(ErrorKind::data, "row 7: a target must be between 0 and 1",
                 [&] { fit(probability, data, nullptr, one_epoch(Loss::binary_cross_entropy)); });
    const Network<float> count = network_of({3, 1}, Activation::tanh, Output::exponential);
    expect_error(ErrorKind::data, "row 7: a target must be 0 or more",
                 [&] { fit(count, data, nullptr, one_epoch(Loss::poisson)); });
}

TEST(FitRefuses, ALossThatDoesNotFitTheOutput) {
    expect_error(ErrorKind::usage, "",
                 [] { fit(curve_network(), curve(10), nullptr, one_epoch(Loss::cross_entropy)); });
}

TEST(FitRefuses, ANetworkThatIsNone) {
    expect_error(ErrorKind::usage, "", [] { fit({}, curve(10), nullptr, one_epoch()); });
    Network<float> network = curve_network();
    network.theta()[3] = std::numeric_limits<float>::infinity();
    expect_error(ErrorKind::usage, "parameters that are not finite",
                 [&] { fit(network, curve(10), nullptr, one_epoch()); });
}

TEST(FitRefuses, ParametersThatNoMachineHasMemoryFor) {
    expect_error(ErrorKind::io, "memory", [] { check_memory(std::size_t{1} << 50); });
    check_memory(1000);
}

TEST(FitRefuses, RowsThatAreNotThereOrNoneOfThem) {
    const Dataset data = curve(10);
    const std::vector<std::uint32_t> beyond = {3, 10};
    expect_error(ErrorKind::data,
                 "the training data does not fit the network: row 11 was asked for, there are 10",
                 [&] { fit(curve_network(), Examples(data, beyond), std::nullopt, one_epoch()); });
    expect_error(ErrorKind::data, "the validation data does not fit the network: none of its rows",
                 [&] { fit(curve_network(), data, Examples(data, {}), one_epoch()); });
}

TEST(FitRefuses, MoreNetworksThanMemoryHolds) {
    expect_error(ErrorKind::io, "training 1000000 networks of 1000000000 parameters needs at least",
                 [] { check_memory(1'000'000'000, 1'000'000, 2); });
    check_memory(1000, 1000, 2);
}

}  // namespace
}  // namespace thalweg
