#include "tune/study.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/temporary_folder.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// All that a study holds but its networks, which are checkpoints with a checksum of their own.
std::string content_of(const Study& study) {
    std::string content;
    for (const char* key : {"preset", "identity", "seconds"}) content += study.text(key) + "\n";
    for (const TrialRun& run : study.runs()) {
        content += std::to_string(run.trial) + " " + std::to_string(run.rung) + " " +
                   std::to_string(run.epochs) + " " + std::string(name_of(run.state)) + " " + run.message;
        for (const auto& [name, value] : run.values) content += " " + name + "=" + value;
        for (const auto& [name, value] : run.metrics) content += " " + name + "=" + std::to_string(value);
        for (const double number :
             {run.score.value_or(-1.0), run.loss.value_or(-1.0), run.seconds, run.core_seconds, run.ended})
            content += " " + std::to_string(number);
        content += "\n";
        static_cast<void>(study.networks(run.trial, run.rung));
    }
    return content;
}

class DamagedStudy : public ::testing::Test {
  protected:
    DamagedStudy() {
        Study study =
            Study::create(path_, {{"preset", "auto"}, {"identity", "{\"rows\": 60}"}, {"seconds", "0"}});
        const std::string network(600, 'n');
        study.put({.trial = 0,
                   .rung = 1,
                   .epochs = 27,
                   .state = TrialState::done,
                   .score = -0.0,
                   .loss = 0.25,
                   .metrics = {{"rmse", 0.5}},
                   .seconds = 1.5,
                   .core_seconds = 3.0,
                   .ended = 1.75},
                  {network, network}, 1.75);
        study.put({.trial = 1,
                   .values = {{"learning-rate", "0.01"}},
                   .epochs = 9,
                   .state = TrialState::failed,
                   .seconds = 0.5,
                   .ended = 2.5,
                   .message = "training diverged"},
                  {}, 2.5);
        content_ = content_of(study);
    }

    std::string read() const {
        std::ifstream file(path_, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    void write(const std::string& bytes) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    }
    /// Refused with the file's name, or read as it was.
    void expect_noticed(const std::string& what) const {
        try {
            EXPECT_EQ(content_of(Study::open(path_)), content_) << what;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::model) << what << ": " << error.what();
            EXPECT_EQ(std::string(error.what()).rfind(path_.string() + ": ", 0), 0U) << error.what();
        }
    }

    TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "s.sqlite";
    std::string content_;
};

TEST_F(DamagedStudy, AWholeOneIsReadAsItWas) {
    EXPECT_EQ(content_of(Study::open(path_)), content_);
}

TEST_F(DamagedStudy, AFlippedBitIsNoticedOrHarmless) {
    const std::string good = read();
    std::string bytes = good;
    for (std::size_t i = 0; i < good.size(); ++i) {
        // What no cell takes up is zeros without end: one in 64 of them.
        if (i % 64 != 0 && good.compare(i, 16, std::string(16, '\0')) == 0) continue;
        const std::size_t bit = i * 5 % 8;  // each of the eight in turn, and another one in the next row
        bytes[i] = static_cast<char>(good[i] ^ (1 << bit));
        write(bytes);
        expect_noticed("byte " + std::to_string(i) + ", bit " + std::to_string(bit));
        bytes[i] = good[i];
    }
}

TEST_F(DamagedStudy, ACutIsNoticed) {
    const std::string good = read();
    for (std::size_t size = 1; size < good.size(); size += 1 + size / 40) {
        write(good.substr(0, size));
        try {
            Study::open(path_);
            ADD_FAILURE() << "cut to " << size << " of " << good.size() << " bytes";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::model) << error.what();
        }
    }
}

TEST_F(DamagedStudy, AFolderIsNone) {
    EXPECT_THROW(Study::open(folder_.path()), Error);
}

}  // namespace
}  // namespace thalweg
