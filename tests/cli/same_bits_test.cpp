#include <gtest/gtest.h>

#include <map>

#include "cli/tables.h"
#include "engine/simd_target.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

/// How a run is made to differ from another where its bits must not.
struct Machine {
    std::string simd;
    std::string threads = "1";
    std::string tunables = {};  ///< of glibc, which chooses libm's functions by what the chip has

    std::string name() const { return simd + ", " + threads + " threads, tunables '" + tunables + "'"; }
    std::map<std::string, std::string> environment() const {
        return {{"THALWEG_SIMD", simd}, {"GLIBC_TUNABLES", tunables}};
    }
};

/// libm as it is on a chip without fused multiply-add.
const std::string kOldChip = "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2";

std::vector<Machine> machines(const std::vector<std::string>& threads) {
    std::vector<Machine> all;
    for (const std::string& simd : simd_targets())
        for (const std::string& count : threads) all.push_back({simd, count});
    return all;
}

/// Columns that become numbers, one-hot inputs, times and missing values, all of them with noise.
std::string mixed_csv(int rows) {
    static const char* const kColours[] = {"red", "green", "blue", "", "grey"};
    std::string text = "size,colour,day,kind,cheap,price\n";
    unsigned state = 12345;
    const auto draw = [&state](unsigned bound) { return (state = state * 1664525u + 1013904223u) % bound; };
    for (int i = 0; i < rows; ++i) {
        const unsigned size = draw(1000), colour = draw(5), day = 1 + draw(28), noise = draw(100);
        text +=
            (noise == 0 ? "" : std::to_string(size) + "." + std::to_string(noise)) + "," + kColours[colour] +
            ",2020-0" + std::to_string(1 + draw(9)) + (day < 10 ? "-0" : "-") + std::to_string(day) + "," +
            (size + 20 * noise > 1400 ? "high"
             : size < 300             ? "low"
                                      : "middle") +
            (size + noise < 500 ? ",yes," : ",no,") + std::to_string(3 * size + 200 * colour + noise) + "\n";
    }
    return text;
}

class SameBits : public ::testing::Test {
  protected:
    void SetUp() override { folder.write("mixed.csv", mixed_csv(600)); }

    /// The bytes of the model that `words` train on that machine.
    std::string model(const Machine& machine, const std::vector<std::string>& words) const {
        std::vector<std::string> all = {"train",         "mixed.csv", "--quiet",      "-o",
                                        "m.safetensors", "--threads", machine.threads};
        all.insert(all.end(), words.begin(), words.end());
        const RunResult result = thalweg(all, {.folder = folder.path(), .change = machine.environment()});
        EXPECT_EQ(result.status, 0) << machine.name() << ": " << result.err;
        return folder.read("m.safetensors");
    }

    void expect_one_model(const std::vector<Machine>& all, const std::vector<std::string>& words) const {
        const std::string first = model(all.front(), words);
        ASSERT_FALSE(first.empty());
        for (const Machine& machine : all)
            EXPECT_TRUE(model(machine, words) == first)
                << "other bits on " << machine.name() << " than on " << all.front().name() << " with "
                << ::testing::PrintToString(words);
    }

    WorkFolder folder;
};

TEST_F(SameBits, OfAClassifierWithTheDefaultsOnAnyThreadsAndSimdTarget) {
    expect_one_model(machines({"1", "2", "3", "7"}),
                     {"--target", "kind", "--ignore", "price", "--epochs", "3"});
}

TEST_F(SameBits, OfARegressionWithWideLayersOnAnyThreadsAndSimdTarget) {
    expect_one_model(machines({"1", "2", "3", "7"}),
                     {"--target", "price", "--hidden", "300,257", "--batch-size", "250", "--epochs", "2",
                      "--dropout", "0"});
}

TEST_F(SameBits, OfBf16OnAnyThreadsAndSimdTarget) {
    const std::vector<std::string> words = {"--target",     "price", "--hidden", "150,65",
                                            "--batch-size", "123",   "--epochs", "2"};
    std::vector<std::string> in_bf16 = words;
    in_bf16.insert(in_bf16.end(), {"--precision", "bf16"});
    expect_one_model(machines({"1", "2", "3", "7"}), in_bf16);
    EXPECT_NE(model(machines({"1"}).front(), in_bf16), model(machines({"1"}).front(), words));
}

TEST_F(SameBits, OfDropoutAndOneRowInTheLastBatchOnAnyThreadsAndSimdTarget) {
    expect_one_model(machines({"1", "2", "3", "7"}),
                     {"--target", "kind", "--hidden", "65,33", "--dropout", "0.3", "--batch-size", "73",
                      "--validation", "0.025", "--epochs", "2"});
}

TEST_F(SameBits, OfAdamwWithWarmupAndCosineOnAnyThreadsAndSimdTarget) {
    expect_one_model(machines({"1", "2", "3", "7"}),
                     {"--target", "price,size", "--optimizer", "adamw", "--schedule", "cosine", "--warmup",
                      "0.1", "--weight-decay", "0.1", "--epochs", "4", "--hidden", "40"});
}

TEST_F(SameBits, OfEveryOptimizer) {
    for (const std::string optimizer : {"gd", "sgd", "adam", "adamw", "rmsprop", "adagrad", "rprop", "lbfgs"})
        expect_one_model(machines({"1", "3"}),
                         {"--target", "price", "--optimizer", optimizer, "--hidden", "17,5", "--epochs", "6",
                          "--clip-norm", optimizer == "lbfgs" ? "0" : "1"});
}

TEST_F(SameBits, OfEveryActivation) {
    for (const std::string activation : {"logistic", "tanh", "linear", "relu", "leaky_relu", "elu", "selu",
                                         "silu", "gelu", "mish", "softplus", "sine"})
        expect_one_model(machines({"2"}), {"--target", "kind", "--activation", activation, "--hidden", "19",
                                           "--epochs", "3", "--schedule", "one_cycle"});
}

TEST_F(SameBits, OfEveryLoss) {
    const std::vector<std::vector<std::string>> pairs = {
        {"--loss", "squared_error", "--output", "exponential"},
        {"--loss", "huber", "--schedule", "step"},
        {"--loss", "quantile", "--quantile", "0.9"},
        {"--loss", "absolute_error", "--schedule", "plateau"},
        {"--loss", "poisson", "--output", "exponential", "--learning-rate", "1e-4"},
        {"--target", "cheap", "--loss", "binary_cross_entropy"},
        {"--target", "kind", "--loss", "binary_cross_entropy"},
        {"--target", "kind", "--label-smoothing", "0.1", "--class-weight", "balanced"}};
    for (std::vector<std::string> words : pairs) {
        if (words[0] == "--loss") words.insert(words.end(), {"--target", "price"});
        words.insert(words.end(), {"--hidden", "9", "--epochs", "3"});
        expect_one_model(machines({"2"}), words);
    }
}

// Elsewhere than with glibc this runs one machine twice.
TEST_F(SameBits, OfALibmThatLacksFusedMultiplyAdd) {
    std::vector<Machine> all;
    for (const std::string& simd : simd_targets())
        for (const std::string& tunables : {std::string(), kOldChip}) all.push_back({simd, "1", tunables});
    const std::vector<std::vector<std::string>> trainings = {
        {"--target", "kind"},
        {"--target", "cheap", "--activation", "tanh", "--schedule", "one_cycle"},
        {"--target", "price", "--loss", "poisson", "--output", "exponential", "--schedule", "step"}};
    for (std::vector<std::string> words : trainings) {
        words.insert(words.end(), {"--hidden", "16", "--epochs", "2"});
        expect_one_model(all, words);
    }
}

TEST_F(SameBits, OfPredictionsAloneOrAmongAThousandOnAnyThreadsAndSimdTarget) {
    const std::vector<std::string> rows = lines_of(mixed_csv(1000));
    folder.write("many.csv", mixed_csv(1000));
    for (const std::string target : {"kind", "price"}) {
        model({simd_targets().front()}, {"--target", target, "--epochs", "2", "--hidden", "100,70"});
        const auto predict = [&](const Machine& machine, const std::string& data) {
            const RunResult result = thalweg({"predict", "m.safetensors", data, "--threads", machine.threads},
                                             {.folder = folder.path(), .change = machine.environment()});
            EXPECT_EQ(result.status, 0) << result.err;
            return result.out;
        };
        const std::string first = predict({simd_targets().front()}, "many.csv");
        const std::vector<std::string> predictions = lines_of(first);
        ASSERT_EQ(predictions.size(), 1001U);
        for (const Machine& machine : machines({"1", "2", "7"}))
            EXPECT_TRUE(predict(machine, "many.csv") == first) << machine.name();
        for (const std::string& simd : simd_targets()) {
            for (const std::size_t row : {1U, 2U, 500U, 999U, 1000U}) {
                folder.write("one.csv", rows[0] + "\n" + rows[row] + "\n");
                EXPECT_EQ(lines_of(predict({simd}, "one.csv")).back(), predictions[row])
                    << simd << ", " << row;
            }
        }
    }
}

}  // namespace
}  // namespace thalweg::testing
