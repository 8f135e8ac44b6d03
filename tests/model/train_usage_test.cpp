#include <gtest/gtest.h>

#include <cmath>

#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::changed;
using testing::class_table;
using testing::quick;
using testing::real_table;

TEST(TrainUsage, WhatDoesNotFitIsRefusedBeforeTraining) {
    const Table table = real_table(50);
    const auto refused = [&](const std::string& part, const auto& change) {
        TrainOptions options = quick("y");
        change(options);
        expect_error(ErrorKind::usage, part, [&] { train(table, options); });
    };
    refused("no column to predict", [](TrainOptions& o) { o.target = {}; });
    refused("named twice", [](TrainOptions& o) { o.target = {"y", "y"}; });
    refused("cannot be among the ignored", [](TrainOptions& o) { o.ignore = {"y"}; });
    refused("cannot also be the weight", [](TrainOptions& o) { o.weight = "y"; });
    refused("both in --categorical and in --numeric", [](TrainOptions& o) {
        o.categorical = {"x1"};
        o.numeric = {"x1"};
    });
    refused("the loss cross_entropy does not fit a regression target",
            [](TrainOptions& o) { o.loss = Loss::cross_entropy; });
    refused("poisson", [](TrainOptions& o) {
        o.loss = Loss::poisson;
        o.output = Output::linear;
    });
    refused("several levels of --quantile need --loss quantile", [](TrainOptions& o) {
        o.quantile = {0.1, 0.9};
    });
    refused("several levels of --quantile need the output ascending", [](TrainOptions& o) {
        o.loss = Loss::quantile;
        o.quantile = {0.1, 0.9};
        o.output = Output::linear;
    });
    refused("levels must be between 0 and 1, each above", [](TrainOptions& o) {
        o.loss = Loss::quantile;
        o.quantile = {0.9, 0.1};
    });
    refused("several levels of --quantile are for one target", [](TrainOptions& o) {
        o.loss = Loss::quantile;
        o.quantile = {0.1, 0.9};
        o.target = {"y", "x1"};
    });
    refused("the output ascending is for several levels",
            [](TrainOptions& o) { o.output = Output::ascending; });
    refused("the loss gamma goes with the output exponential", [](TrainOptions& o) {
        o.loss = Loss::gamma;
        o.output = Output::linear;
    });
    refused("the output softmax of a single real value", [](TrainOptions& o) { o.output = Output::softmax; });
    refused("--label-smoothing", [](TrainOptions& o) { o.label_smoothing = 0.1; });
    refused("0", [](TrainOptions& o) { o.hidden = {4, 0}; });
}

TEST(TrainUsage, AColumnThatIsNotThereIsToldWithTheNearest) {
    const Table table = real_table(50);
    const auto refused = [&](const auto& change) {
        TrainOptions options = quick("y");
        change(options);
        expect_error(ErrorKind::data, "colour", [&] { train(table, options); });
    };
    refused([](TrainOptions& o) { o.target = {"color"}; });
    refused([](TrainOptions& o) { o.ignore = {"color"}; });
    refused([](TrainOptions& o) { o.categorical = {"color"}; });
    refused([](TrainOptions& o) { o.numeric = {"color"}; });
    refused([](TrainOptions& o) { o.weight = "color"; });
}

TEST(TrainUsage, AClassLossForTwoClassesSaysWhatFits) {
    TrainOptions options = quick("kind");
    options.loss = Loss::cross_entropy;
    expect_error(ErrorKind::usage, "one of: binary_cross_entropy", [&] {
        train(class_table(50, {"a", "b"}), options);
    });
}

TEST(TrainUsage, OneClassOrAConstantTargetIsRefused) {
    expect_error(ErrorKind::data, "kind", [&] { train(class_table(50, {"a"}), quick("kind")); });
    const Table constant = changed(real_table(50), "y", [](Column& c) { std::ranges::fill(c.values, 3.0); });
    expect_error(ErrorKind::data, "y", [&] { train(constant, quick("y")); });
    const Table missing = changed(real_table(50), "y", [](Column& c) { std::ranges::fill(c.values, NAN); });
    expect_error(ErrorKind::data, "y", [&] { train(missing, quick("y")); });
}

}  // namespace
}  // namespace thalweg
