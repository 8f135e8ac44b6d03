#include <gtest/gtest.h>
#include <signal.h>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

const std::vector<std::string> kTrain = {"train",   "houses.csv", "--target", "price", "--hidden",   "16",
                                         "--folds", "1",          "--epochs", "400",   "--patience", "0"};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

class Checkpoint : public ::testing::Test {
  protected:
    void SetUp() override { folder_.write("houses.csv", houses_csv(200)); }

    RunResult run(const std::vector<std::string>& more) {
        return thalweg(with(kTrain, more), {.folder = folder_.path()});
    }
    void expect_refused(const std::vector<std::string>& more, int status, const std::string& what) {
        const RunResult result = run(more);
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_TRUE(holds(result.err, what)) << result.err;
    }

    WorkFolder folder_;
};

TEST_F(Checkpoint, AfterControlCGoesOnToTheSameBytesWithAnyThreads) {
    const std::vector<std::string> longer = {"--epochs", "6000", "--seed", "3"};
    std::vector<std::string> words(kTrain.begin(), kTrain.end() - 4);
    words = with(words, longer);
    words = with(words, {"--patience", "0"});
    RunningProgram program(with(words, {"--checkpoint", "c", "--threads", "1"}), {.folder = folder_.path()});
    ASSERT_TRUE(program.wait_for("epoch 1/")) << program.err();
    program.send(SIGINT);
    EXPECT_EQ(program.finish(), 130) << program.err();
    EXPECT_EQ(folder_.entries(), (std::vector<std::string>{"c", "houses.csv", "model.safetensors"}));

    const RunResult resumed =
        thalweg(with(words, {"--checkpoint", "c", "--resume", "--threads", "3"}), {.folder = folder_.path()});
    EXPECT_EQ(resumed.status, 0) << resumed.err;
    EXPECT_TRUE(holds(resumed.err, "training goes on from c: epoch ")) << resumed.err;
    EXPECT_EQ(thalweg(with(words, {"-o", "whole"}), {.folder = folder_.path()}).status, 0);
    EXPECT_TRUE(folder_.read("model.safetensors") == folder_.read("whole"));
}

TEST_F(Checkpoint, OfAnotherTrainingIsRefusedWithWhatDiffers) {
    EXPECT_EQ(run({"--checkpoint", "c"}).status, 0);
    expect_refused({"--checkpoint", "c"}, 2, "go on from it with --resume, or delete it");
    expect_refused({"--checkpoint", "c", "--resume", "--seed", "1"}, 2, "--seed was not given and is 1");
    folder_.write("houses.csv", houses_csv(201));
    expect_refused({"--checkpoint", "c", "--resume"}, 3, "there were 200 rows and are 201");
    folder_.write("houses.csv", houses_csv(200));
    EXPECT_EQ(run({"--checkpoint", "c", "--resume", "--time-limit", "60", "--quiet"}).status, 0);
}

TEST_F(Checkpoint, FlagsThatMakeNoSenseAreRefused) {
    expect_refused({"--resume"}, 2, "name it with --checkpoint");
    expect_refused({"--checkpoint", "houses.csv"}, 2, "--checkpoint houses.csv would overwrite");
    expect_refused({"--checkpoint", "model.safetensors"}, 2, "-o and --checkpoint name the same file");
    for (const char* every : {"0s", "-1s", "60", "s", "1.5epochs", "0epochs", "5 parsecs", "nans"})
        expect_refused({"--checkpoint", "c", "--checkpoint-every", every}, 2, "--checkpoint-every must be");
    for (const char* every : {"60s", "5 min", "1h", "0.5s", "1epoch", "20 epochs"})
        EXPECT_EQ(run({"--checkpoint", std::string("c") + every, "--checkpoint-every", every}).status, 0);
}

TEST_F(Checkpoint, ThatIsNoneOrDamagedIsRefused) {
    EXPECT_EQ(run({"--checkpoint", "c"}).status, 0);
    std::string bytes = folder_.read("c");
    folder_.write("cut", bytes.substr(0, bytes.size() - 5));
    bytes[bytes.size() / 2] ^= 1;
    folder_.write("changed", bytes);
    expect_refused({"--checkpoint", "cut", "--resume"}, 4, "cut: ");
    expect_refused({"--checkpoint", "changed", "--resume"}, 4, "changed: ");
    EXPECT_EQ(run({"-o", "model.safetensors"}).status, 0);
    expect_refused({"--checkpoint", "model.safetensors", "-o", "m", "--resume"}, 4,
                   "no checkpoint of thalweg");
}

/// What a killed process had half written is gone with the next training that writes there.
TEST_F(Checkpoint, WhatAKilledProgramLeftIsRemoved) {
    folder_.write(".c.999999999-0.part", "half");
    folder_.write(".model.safetensors.999999998-1.part", "half");
    folder_.write(".other.999999999-0.part", "not ours");
    EXPECT_EQ(run({"--checkpoint", "c"}).status, 0);
    EXPECT_EQ(folder_.entries(),
              (std::vector<std::string>{".other.999999999-0.part", "c", "houses.csv", "model.safetensors"}));
}

}  // namespace
}  // namespace thalweg::testing
