#include "tune/space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "data/numbers.h"
#include "model/option.h"

namespace thalweg {
namespace {

constexpr std::uint32_t kDraws = 4000;
/// Shares of 4000 draws are within 4 deviations of the chance, the largest of which is 0.008.
constexpr double kShareTolerance = 0.032;

std::vector<Dimension> space_of_preset(Preset preset, Task task = Task::binary) {
    return space_of({.preset = preset, .task = task});
}

const Hyperparameters kDefaults = {{"learning-rate", "0.002"}, {"weight-decay", "0.02"}};

const Dimension& named(const std::vector<Dimension>& space, std::string_view option) {
    return *std::ranges::find(space, option, &Dimension::option);
}

class EveryPreset : public ::testing::TestWithParam<Preset> {};

TEST_P(EveryPreset, DrawsFitTheirOptionsAndTheirRanges) {
    const std::vector<Dimension> space = space_of_preset(GetParam());
    ASSERT_FALSE(space.empty());
    for (std::uint32_t trial = 1; trial <= kDraws; ++trial) {
        const Hyperparameters values = draw(space, kDefaults, 7, trial);
        EXPECT_NO_THROW(with_values({}, values));
        for (const auto& [name, text] : values) {
            const Dimension& dimension = named(space, name);
            if (dimension.kind == Dimension::Kind::choice) {
                EXPECT_NE(std::ranges::find(dimension.values, text), dimension.values.end()) << name << text;
                continue;
            }
            if (dimension.kind == Dimension::Kind::layers || (dimension.zero > 0.0 && text == "0")) continue;
            const double unit =
                dimension.kind == Dimension::Kind::factor ? parse_number(kDefaults.at(name)).value() : 1.0;
            const double value = parse_number(text).value() / unit;
            // Three digits are kept.
            EXPECT_GE(value, dimension.least * (1 - 0.005)) << name;
            EXPECT_LE(value, dimension.most * (1 + 0.005)) << name;
        }
    }
}

/// docs/tuning.md is written by hand; what it says of a space is what is drawn from.
TEST_P(EveryPreset, IsInTheDocument) {
    const auto project = std::filesystem::path(THALWEG_TEST_DATA).parent_path().parent_path();
    std::ifstream file(project / "docs" / "tuning.md");
    std::stringstream document;
    document << file.rdbuf();
    for (const Dimension& dimension : space_of_preset(GetParam())) {
        const std::string row = "| `--" + std::string(dimension.option) + "` | " + dimension.text() + " |";
        EXPECT_NE(document.str().find(row), std::string::npos) << "docs/tuning.md lacks the row\n" << row;
    }
}

INSTANTIATE_TEST_SUITE_P(Space, EveryPreset,
                         ::testing::Values(Preset::automatic, Preset::plain, Preset::realmlp,
                                           Preset::realmlp_s, Preset::tabm, Preset::tabm_mini),
                         [](const auto& preset) {
                             std::string name(name_of(preset.param));
                             std::erase(name, '-');
                             return name;
                         });

TEST(Space, ChoicesComeAsOftenAsTheirChances) {
    const std::vector<Dimension> space = space_of_preset(Preset::realmlp);
    std::map<std::string, std::size_t> dropout, scaled;
    for (std::uint32_t trial = 0; trial < kDraws; ++trial) {
        const Hyperparameters values = draw(space, kDefaults, 0, trial);
        ++dropout[values.at("dropout")];
        ++scaled[values.at("scale-inputs")];
    }
    EXPECT_NEAR(static_cast<double>(dropout["0"]) / kDraws, 0.3, kShareTolerance);
    EXPECT_NEAR(static_cast<double>(dropout["0.15"]) / kDraws, 0.5, kShareTolerance);
    EXPECT_NEAR(static_cast<double>(dropout["0.3"]) / kDraws, 0.2, kShareTolerance);
    EXPECT_NEAR(static_cast<double>(scaled["true"]) / kDraws, 0.6, kShareTolerance);
}

TEST(Space, LogUniformIsAsOftenBelowItsGeometricMeanAsAbove) {
    const std::vector<Dimension> space = space_of_preset(Preset::realmlp);
    const double middle = std::sqrt(0.02 * 0.3);
    std::size_t below = 0;
    for (std::uint32_t trial = 0; trial < kDraws; ++trial)
        below += parse_number(draw(space, kDefaults, 0, trial).at("learning-rate")).value() < middle;
    EXPECT_NEAR(static_cast<double>(below) / kDraws, 0.5, kShareTolerance);
}

TEST(Space, ATrialDependsOnItsSeedAndItsNumberAlone) {
    const std::vector<Dimension> space = space_of_preset(Preset::tabm);
    std::set<Hyperparameters> different;
    for (std::uint32_t trial = 0; trial < 100; ++trial) {
        EXPECT_EQ(draw(space, {}, 5, trial), draw(space, {}, 5, trial));
        different.insert(draw(space, {}, 5, trial));
        different.insert(draw(space, {}, 6, trial));
    }
    EXPECT_EQ(different.size(), 200U);
}

TEST(Space, WhatIsFixedOrMakesNoSenseIsNotSearched) {
    const auto has = [](const std::vector<Dimension>& space, std::string_view option) {
        return std::ranges::find(space, option, &Dimension::option) != space.end();
    };
    EXPECT_TRUE(has(space_of_preset(Preset::realmlp), "label-smoothing"));
    EXPECT_FALSE(has(space_of_preset(Preset::realmlp, Task::regression), "label-smoothing"));
    const std::vector<Dimension> fixed = space_of({.fixed = {"hidden", "dropout"}});
    EXPECT_FALSE(has(fixed, "hidden"));
    EXPECT_FALSE(has(fixed, "dropout"));
    EXPECT_TRUE(has(fixed, "learning-rate"));
    const std::vector<Dimension> directed = space_of({.may_embed = false, .may_bend = false});
    EXPECT_FALSE(has(directed, "embedding"));
    EXPECT_FALSE(has(directed, "activation"));
    for (std::uint32_t trial = 0; trial < 100; ++trial) {
        const Hyperparameters values = draw(space_of_preset(Preset::automatic), kDefaults, 0, trial);
        EXPECT_EQ(values.contains("frequency-scale"), values.at("embedding") == "periodic");
    }
    const Hyperparameters no_decay = {{"learning-rate", "0.1"}, {"weight-decay", "0"}};
    EXPECT_FALSE(draw(space_of_preset(Preset::automatic), no_decay, 0, 1).contains("weight-decay"))
        << "a factor of 0 is 0";
}

}  // namespace
}  // namespace thalweg
