#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/file.h"
#include "model/checkpoint_file.h"
#include "model/checksum.h"
#include "model/model_file.h"
#include "model/safetensors.h"
#include "model/tables.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::quick;
using testing::real_table;

/// Six networks, two side by side: three folds of two seeds.
TrainOptions several() {
    TrainOptions options = quick("y");
    options.epochs = 12;
    options.folds = 3;
    options.ensemble = 2;
    return options;
}

class Checkpoints : public ::testing::Test {
  protected:
    std::filesystem::path file() const { return folder_.path() / "run.checkpoint"; }

    /// Trains until `epochs` epochs of all networks together are done, if ever.
    Training run(const Table& table, const TrainOptions& options, int epochs, bool resume = true) {
        TrainHooks hooks;
        hooks.checkpoint = {.file = file(), .epochs = 1, .resume = resume};
        std::atomic<int> left{epochs};
        hooks.callbacks.on_epoch = [&](const EpochReport&) { return --left > 0; };
        hooks.on_plan = [&](const TrainingPlan& plan) { resumed_ = plan.resumed; };
        return train(table, options, hooks);
    }

    TemporaryFolder folder_;
    std::string resumed_;
};

TEST_F(Checkpoints, OfSeveralNetworksGoOnUntilTheModelIsThatOfOneRun) {
    const Table table = real_table(200);
    for (const auto& [first, then] : {std::pair{1, 3}, {2, 1}}) {
        std::filesystem::remove(file());
        TrainOptions options = several();
        const std::string whole = model_bytes(train(table, options).model);
        options.threads = first;
        StopReason reason = run(table, options, 1).stop_reason;
        EXPECT_NE(resumed_.find("yet: training begins"), std::string::npos) << resumed_;
        int runs = 1;
        options.threads = then;
        Training last;
        for (; reason == StopReason::stopped; ++runs) {
            last = run(table, options, 7);
            reason = last.stop_reason;
        }
        EXPECT_GT(runs, 5);
        EXPECT_EQ(model_bytes(last.model), whole);
        EXPECT_EQ(model_bytes(run(table, options, 1).model), whole);
        EXPECT_NE(resumed_.find("the model is made from it"), std::string::npos) << resumed_;
    }
}

TEST_F(Checkpoints, SayWhatDiffersFromTheTrainingThatWasBegun) {
    const Table table = real_table(200);
    run(table, several(), 3);
    const auto refuses = [&](ErrorKind kind, const std::string& what, const Table& data,
                             const TrainOptions& options) {
        expect_error(kind, what, [&] { run(data, options, 3); });
    };
    TrainOptions options = several();
    options.epochs = 13;
    refuses(ErrorKind::usage, "--epochs was 12 and is 13", table, options);
    options = several();
    options.dropout = 0.25;
    refuses(ErrorKind::usage, "--dropout was not given and is 0.25", table, options);
    refuses(ErrorKind::data, "there were 200 rows and are 199", real_table(199), several());

    const auto changed = [&](const auto& change) {
        Table copy = table;
        std::vector<Column> columns = copy.take_columns();
        change(columns);
        return Table(std::move(columns));
    };
    const std::string name = table.columns()[0].name;
    refuses(ErrorKind::data, "the column '" + name + "' holds other values",
            changed([](auto& columns) { columns[0].values[7] = std::nextafter(columns[0].values[7], 9.0); }),
            several());
    refuses(ErrorKind::data, "the column '" + name + "' is gone; the column 'new' is new",
            changed([](auto& columns) { columns[0].name = "new"; }), several());
    refuses(ErrorKind::data, "the columns stand in another order",
            changed([](auto& columns) { std::swap(columns[0], columns[1]); }), several());
    refuses(ErrorKind::data, "the column '" + name + "' was number and is time",
            changed([](auto& columns) { columns[0].type = ColumnType::time; }), several());
    options = several();
    options.threads = 1;
    options.time_limit = 1000.0;
    EXPECT_EQ(run(table, options, 1000).stop_reason, StopReason::epochs);
}

TEST_F(Checkpoints, AreNotOverwrittenByATrainingThatDoesNotResume) {
    const Table table = real_table(200);
    run(table, several(), 3);
    expect_error(ErrorKind::usage, "go on from it with --resume, or delete it",
                 [&] { run(table, several(), 3, false); });
}

TEST_F(Checkpoints, OfWhichAnyBitIsFlippedAreRefused) {
    TrainOptions options = quick("y");
    options.epochs = 3;
    options.hidden = {2};
    options.ensemble = options.folds = 1;
    run(real_table(20), options, 2);
    const std::string bytes = read_file(file(), "checkpoint");
    EXPECT_EQ(checkpoint_from_bytes(bytes, "c").networks.size(), 1U);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_THROW(checkpoint_from_bytes(flipped, "c"), Error) << "bit " << bit;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_THROW(checkpoint_from_bytes(std::string_view(bytes).substr(0, size), "c"), Error) << size;
    expect_error(ErrorKind::model, "no model of thalweg", [&] { Model::load(file()); });
    train(real_table(20), options).model.save(file());
    expect_error(ErrorKind::model, "no checkpoint of thalweg", [&] { load_checkpoint(file()); });
}

/// One remainder after another, as the definition has it.
/// A damaged checkpoint is no wrong flag. Found by a fuzzer.
TEST_F(Checkpoints, WithAnUnknownReasonToStopAreDamaged) {
    TrainOptions options = quick("y");
    options.epochs = 3;
    options.hidden = {2};
    options.ensemble = options.folds = 1;
    run(real_table(20), options, 1000);
    const std::string bytes = read_file(file(), "checkpoint");
    const Safetensors parts = read_safetensors(bytes, "c");
    const auto& [name, entry] = *parts.tensors.begin();
    std::vector<float> theta(entry.bytes.size() / sizeof(float));
    std::memcpy(theta.data(), entry.bytes.data(), entry.bytes.size());
    std::map<std::string, std::string> metadata(parts.metadata.begin(), parts.metadata.end());
    metadata.erase("thalweg.checksum");
    std::string& networks = metadata.at("thalweg.networks");
    const std::string reason = "\"epochs\"";
    ASSERT_NE(networks.find(reason), std::string::npos) << networks;
    networks.replace(networks.find(reason), reason.size(), "\"pochs\"");
    const std::string damaged = write_safetensors({{name, entry.shape, theta}}, metadata, "thalweg.checksum");
    expect_error(ErrorKind::model, "unknown reason to stop 'pochs'",
                 [&] { checkpoint_from_bytes(damaged, "c"); });
}

TEST(Checksum, OfEightBytesAtATimeIsThatOfSingleOnes) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
        std::uint64_t singly = 0;
        for (const char& byte : bytes) singly = checksum({&byte, 1}, singly);
        EXPECT_EQ(checksum(bytes), singly) << i;
        bytes.push_back(static_cast<char>(i * 37));
    }
}

}  // namespace
}  // namespace thalweg
