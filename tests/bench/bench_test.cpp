#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/program.h"

namespace thalweg::testing {
namespace {

using Json = nlohmann::json;

RunResult bench(std::vector<std::string> words) {
    words.insert(words.begin(), THALWEG_BENCH_PROGRAM);
    return run(words);
}

Json bench_json(std::vector<std::string> words) {
    words.insert(words.end(), {"--seconds", "0.01", "--json"});
    const RunResult result = bench(words);
    EXPECT_EQ(result.status, 0) << result.err;
    return Json::parse(result.out);
}

void expect_refused(const std::vector<std::string>& words, const std::vector<std::string>& said) {
    const RunResult result = bench(words);
    EXPECT_EQ(result.status, 2) << result.out;
    EXPECT_TRUE(result.err.starts_with("error: ")) << result.err;
    for (const std::string& text : said) EXPECT_NE(result.err.find(text), std::string::npos) << result.err;
}

TEST(Bench, OneWorkloadGivesOneObjectWithThePromisedKeys) {
    const Json object = bench_json({"--workload", "W0a"});
    ASSERT_TRUE(object.is_object());
    EXPECT_EQ(object["workload"], "W0a");
    EXPECT_EQ(object["threads"], 1);
    EXPECT_EQ(object["precision"], "float32");
    EXPECT_TRUE(object["simd_target"].is_string());
    EXPECT_GE(object["samples"], 5);
    for (const char* key : {"us_per_step", "examples_per_second", "gflops", "limit_gflops", "share_of_limit"})
        EXPECT_GT(object[key], 0.0) << key;
}

TEST(Bench, FiguresOfOneObjectFitEachOther) {
    const Json object = bench_json({"--workload", "W1a"});
    const double us = object["us_per_step"];
    const double gflops = object["gflops"];
    const double limit = object["limit_gflops"];
    const double tolerance = 1e-9;
    EXPECT_NEAR(us * object["examples_per_second"].get<double>(), 32 * 1e6, 32 * 1e6 * tolerance);
    EXPECT_NEAR(us * gflops * 1e3, object["flops"], 1e9 * tolerance);
    EXPECT_NEAR(gflops / limit, object["share_of_limit"], tolerance);
}

TEST(Bench, InBf16TheLimitIsThatOfItsInstructions) {
    const Json object = bench_json({"--workload", "W1b", "--precision", "bf16"});
    EXPECT_EQ(object["precision"], "bf16");
    EXPECT_GT(object["share_of_limit"], 0.0);
    EXPECT_LT(object["share_of_limit"], 1.0);
}

TEST(Bench, TheGridComparesThreadsWithOneOverAllSizes) {
    const Json points = bench_json({"--grid", "--threads", "64"});
    ASSERT_EQ(points.size(), 42u);
    for (const Json& point : points) {
        EXPECT_EQ(point["threads"], 64);
        EXPECT_GT(point["ratio"], 0.0);
        EXPECT_GT(point["us_one_thread"], 0.0);
    }
}

TEST(Bench, TheGridHasItsOwnNetworks) {
    expect_refused({"--grid", "--workload", "W1a"}, {"--grid", "--workload"});
}

TEST(Bench, SeveralWorkloadsGiveAnArrayInTheirOrder) {
    const Json objects = bench_json({"--workload", "W0b", "--workload", "W0a", "--threads", "2"});
    ASSERT_TRUE(objects.is_array());
    ASSERT_EQ(objects.size(), 2u);
    EXPECT_EQ(objects[0]["workload"], "W0b");
    EXPECT_EQ(objects[1]["workload"], "W0a");
    EXPECT_EQ(objects[0]["threads"], 2);
}

TEST(Bench, InferenceOnOneRowTellsItsLatency) {
    const Json object = bench_json({"--workload", "W1-infer1"});
    EXPECT_EQ(object["kind"], "inference");
    EXPECT_GT(object["us_median"], 0.0);
    EXPECT_GE(object["us_p99"], object["us_median"]);
}

// The products of the formula by hand: MFLOP a step.
TEST(Bench, OperationsAreCountedAsPromised) {
    const RunResult result = bench({"--list", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    std::map<std::string, double> flops;
    for (const Json& object : Json::parse(result.out)) flops[object["workload"]] = object["flops"];
    EXPECT_EQ(flops.at("W0a"), 2.0 * 1 * (3 * (9 + 9 + 6) - 9));
    EXPECT_EQ(flops.at("W1a"), 2.0 * 32 * (3 * (1920 + 4096 + 64) - 1920));
    EXPECT_EQ(flops.at("W5"), 2.0 * 64 * (3 * (20 * 256 + 32) - 256));
    EXPECT_EQ(flops.at("W1-infer1024"), 2.0 * 1024 * (1920 + 4096 + 64));
    EXPECT_EQ(flops.size(), 12u);
}

TEST(Bench, WhatCannotBeIsRefusedWithWhatCan) {
    expect_refused({"--workload", "W9"}, {"W9", "W0a", "W5", "W3-infer1024"});
    expect_refused({"--workload", "W0a", "--threads", "0"}, {"--threads", "0", "1", "256"});
    expect_refused({"--workload", "W0a", "--threads", "1000000"}, {"--threads", "256"});
    expect_refused({"--workload", "W0a", "--precision", "float16"}, {"--precision", "float16", "float32"});
    expect_refused({"--workload", "W0a", "--seconds", "-1"}, {"--seconds", "-1"});
    expect_refused({"--wrkload", "W0a"}, {"--wrkload"});
}

TEST(Bench, HelpNamesEveryFlag) {
    const RunResult result = bench({"--help"});
    EXPECT_EQ(result.status, 0);
    for (const char* flag : {"--workload", "--threads", "--precision", "--seconds", "--json", "--list"})
        EXPECT_NE(result.out.find(flag), std::string::npos) << flag;
}

}  // namespace
}  // namespace thalweg::testing
