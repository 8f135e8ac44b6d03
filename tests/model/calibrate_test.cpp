#include "model/calibrate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "support/count_allocations.h"
#include "support/expect_error.h"

namespace thalweg {
namespace {

using test::expect_error;

TargetCoder coder_of(Task task, std::size_t classes) {
    TargetPlan plan;
    plan.name = "kind";
    for (std::size_t c = 0; c < classes; ++c)
        plan.classes.push_back(std::string(1, static_cast<char>('a' + c)));
    return TargetCoder(task, {plan}, "for a test");
}

/// Rows whose true probabilities are known, said `sharpness` times too surely.
struct Said {
    Matrix<double> values;
    Truth truth;

    Said(std::size_t rows, std::size_t classes, double sharpness, std::uint64_t seed)
        : values(rows, classes) {
        const Random random(seed, RandomStream::sample);
        std::uint64_t draw = 0;
        Truth::Target target;
        for (std::size_t row = 0; row < rows; ++row) {
            std::vector<double> logits(classes);
            for (double& logit : logits) logit = random.normal(draw++);
            target.classes.push_back(drawn(probabilities(logits, 1.0), random.uniform(draw++)));
            std::ranges::copy(probabilities(logits, sharpness), values.row(row).begin());
        }
        truth.targets.push_back(std::move(target));
    }

    static std::vector<double> probabilities(const std::vector<double>& logits, double sharpness) {
        std::vector<double> p;
        double sum = 0.0;
        for (const double logit : logits) sum += p.emplace_back(std::exp(sharpness * logit));
        for (double& e : p) e /= sum;
        return p;
    }
    static std::uint32_t drawn(const std::vector<double>& p, double uniform) {
        std::uint32_t c = 0;
        for (double sum = p[0]; uniform > sum && c + 1 < p.size(); sum += p[c]) ++c;
        return c;
    }

    double log_loss(const Calibration& calibration, Task task) const {
        double loss = 0.0;
        for (std::size_t row = 0; row < values.rows(); ++row) {
            std::vector<double> p(values.row(row).begin(), values.row(row).end());
            calibrate(calibration, task, p);
            loss -= std::log(p[truth.targets[0].classes[row]]);
        }
        return loss / static_cast<double>(values.rows());
    }
};

TEST(Temperature, UndoesWhatWasSaidTooSurely) {
    for (const std::size_t classes : {2U, 4U}) {
        const Task task = classes == 2 ? Task::binary : Task::multiclass;
        for (const double sharpness : {0.5, 2.5}) {
            const Said said(20000, classes, sharpness, 1);
            const Calibration fitted = fit_calibration(CalibrationKind::temperature, coder_of(task, classes),
                                                       said.values, said.truth);
            EXPECT_NEAR(fitted.sharpness.front() * sharpness, 1.0, 0.05) << classes << " classes";
        }
    }
}

TEST(Temperature, HasTheLeastLogLossOfAll) {
    const Said said(300, 3, 1.7, 2);
    const Calibration fitted =
        fit_calibration(CalibrationKind::temperature, coder_of(Task::multiclass, 3), said.values, said.truth);
    const double least = said.log_loss(fitted, Task::multiclass);
    for (double sharpness = 0.1; sharpness < 10.0; sharpness *= 1.03)
        EXPECT_GE(said.log_loss({CalibrationKind::temperature, {sharpness}, {}}, Task::multiclass), least);
}

TEST(Temperature, KeepsTheDigitsOfAProbabilityNearZero) {
    std::vector<double> p = {1.0, 1e-200};
    calibrate({CalibrationKind::temperature, {0.5}, {}}, Task::binary, p);
    EXPECT_NEAR(p[1] / 1e-100, 1.0, 1e-12);
    EXPECT_EQ(p[0], 1.0);
    std::vector<double> labels = {0.9, 0.0, 1.0};
    calibrate({CalibrationKind::temperature, {2.0, 2.0, 2.0}, {}}, Task::multilabel, labels);
    EXPECT_NEAR(labels[0], 0.81 / 0.82, 1e-15);
    EXPECT_GE(labels[1], 0.0);
    EXPECT_LT(labels[1], 1e-300);
    EXPECT_EQ(labels[2], 1.0);
}

/// The isotonic fit by its max-min formula (Barlow et al. 1972): of a row, the greatest over all beginnings
/// of the least mean over all ends.
std::vector<double> isotonic_by_definition(const std::vector<double>& hits) {
    std::vector<double> fit;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        double greatest = -1.0;
        for (std::size_t first = 0; first <= i; ++first) {
            double least = 2.0, sum = 0.0;
            for (std::size_t j = first; j < hits.size(); ++j) {
                sum += hits[j];
                if (j >= i) least = std::min(least, sum / static_cast<double>(j - first + 1));
            }
            greatest = std::max(greatest, least);
        }
        fit.push_back(greatest);
    }
    return fit;
}

TEST(Isotonic, IsTheLeastSquaresFitThatNeverFalls) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Said said(60, 2, 3.0, seed);
        const Calibration fitted =
            fit_calibration(CalibrationKind::isotonic, coder_of(Task::binary, 2), said.values, said.truth);
        std::vector<std::pair<double, double>> sorted;
        for (std::size_t row = 0; row < 60; ++row)
            sorted.emplace_back(said.values(row, 1), said.truth.targets[0].classes[row]);
        std::ranges::sort(sorted);
        std::vector<double> hits;
        for (const auto& [p, hit] : sorted) hits.push_back(hit);
        const std::vector<double> expected = isotonic_by_definition(hits);
        for (std::size_t i = 0; i < 60; ++i) {
            std::vector<double> p = {1.0 - sorted[i].first, sorted[i].first};
            calibrate(fitted, Task::binary, p);
            EXPECT_NEAR(p[1], std::clamp(expected[i], 1.0 / 62.0, 61.0 / 62.0), 1e-14) << seed << ", " << i;
            EXPECT_EQ(p[0], 1.0 - p[1]);
        }
    }
}

TEST(Isotonic, BringsProbabilitiesOfSeveralClassesNearerToTheTruth) {
    const Said said(5000, 4, 3.0, 1), fresh(5000, 4, 3.0, 2);
    const Calibration fitted =
        fit_calibration(CalibrationKind::isotonic, coder_of(Task::multiclass, 4), said.values, said.truth);
    EXPECT_LT(fresh.log_loss(fitted, Task::multiclass), fresh.log_loss({}, Task::multiclass) - 0.1);
    for (std::size_t row = 0; row < 100; ++row) {
        std::vector<double> p(fresh.values.row(row).begin(), fresh.values.row(row).end());
        calibrate(fitted, Task::multiclass, p);
        EXPECT_NEAR(p[0] + p[1] + p[2] + p[3], 1.0, 1e-15);
        EXPECT_GT(*std::ranges::min_element(p), 0.0);
    }
}

TEST(Isotonic, EqualPredictionsShareTheirMeanWhateverTheirOrder) {
    Matrix<double> values(6, 2);
    for (std::size_t row = 0; row < 6; ++row) {
        values(row, 1) = row < 4 ? 0.5 : 0.75;
        values(row, 0) = 1.0 - values(row, 1);
    }
    Truth truth;
    truth.targets.push_back({{}, {1, 0, 0, 1, 1, 0}, 0, {}});
    const Calibration fitted =
        fit_calibration(CalibrationKind::isotonic, coder_of(Task::binary, 2), values, truth);
    for (const double p : {0.1, 0.5, 0.6, 0.9}) EXPECT_EQ(fitted.curves.front()(p), 0.5) << p;
}

std::vector<double> unsmoothed(double smoothing, std::vector<double> p) {
    calibrate({CalibrationKind::smoothing, {}, {}, {smoothing}}, Task::multiclass, p);
    return p;
}

TEST(UndoneSmoothing, GivesBackWhatWasSmoothed) {
    const std::vector<double> p =
        unsmoothed(0.1, {0.9 * 0.7 + 0.025, 0.9 * 0.2 + 0.025, 0.9 * 0.1 + 0.025, 0.025});
    const double sum = 1.00025;  // 0 is raised to 0.001/4
    const double expected[] = {0.7 / sum, 0.2 / sum, 0.1 / sum, 0.00025 / sum};
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(p[j], expected[j], 1e-15) << j;
}

TEST(UndoneSmoothing, SumsToOneAndKeepsTheOrder) {
    const Said said(2000, 5, 3.0, 1);
    for (std::size_t row = 0; row < said.values.rows(); ++row) {
        const std::vector<double> before(said.values.row(row).begin(), said.values.row(row).end());
        const std::vector<double> after = unsmoothed(0.05, before);
        double sum = 0.0;
        for (const double p : after) sum += p;
        EXPECT_NEAR(sum, 1.0, 1e-15);
        EXPECT_GT(*std::ranges::min_element(after), 0.0);
        EXPECT_EQ(std::ranges::max_element(after) - after.begin(),
                  std::ranges::max_element(before) - before.begin());
        for (std::size_t i = 0; i < 5; ++i)
            for (std::size_t j = 0; j < 5; ++j)
                EXPECT_TRUE(before[i] >= before[j] || after[i] <= after[j]) << row;
    }
}

TEST(UndoneSmoothing, TellsTheLogLossBeforeAndAfter) {
    const Said said(500, 3, 3.0, 2);
    const Calibration undone =
        undo_smoothing(0.05, coder_of(Task::multiclass, 3), {said.values, {}}, said.truth);
    EXPECT_NEAR(undone.unsmoothing.log_loss_before, said.log_loss({}, Task::multiclass), 1e-12);
    EXPECT_NEAR(undone.unsmoothing.log_loss_after, said.log_loss(undone, Task::multiclass), 1e-12);
    EXPECT_GT(undone.unsmoothing.log_loss_after, undone.unsmoothing.log_loss_before)
        << "it was too sure already";
}

TEST(RisingCurve, IsStraightBetweenItsPointsAndLevelOutside) {
    const RisingCurve curve{{0.25, 0.5, 0.75}, {0.0, 0.5, 0.75}};
    EXPECT_EQ(curve(0.0), 0.0);
    EXPECT_EQ(curve(0.375), 0.25);
    EXPECT_EQ(curve(0.5), 0.5);
    EXPECT_EQ(curve(1.0), 0.75);
}

TEST(Calibrate, NoneChangesNoBitAndNothingAllocates) {
    const Said said(500, 3, 2.0, 1);
    const TargetCoder coder = coder_of(Task::multiclass, 3);
    std::vector<double> p(said.values.row(0).begin(), said.values.row(0).end());
    const std::vector<double> before = p;
    calibrate({}, Task::multiclass, p);
    EXPECT_EQ(p, before);
    for (const CalibrationKind kind : {CalibrationKind::temperature, CalibrationKind::isotonic}) {
        const Calibration fitted = fit_calibration(kind, coder, said.values, said.truth);
        const std::size_t allocations = test::allocations();
        for (int i = 0; i < 10; ++i) calibrate(fitted, Task::multiclass, p);
        EXPECT_EQ(test::allocations(), allocations) << name_of(kind);
    }
}

TEST(Calibrate, LeavesRowsOutWhoseClassIsUnknownAndRefusesTheRest) {
    const Said said(50, 2, 1.0, 1);
    Truth unknown = said.truth;
    std::ranges::fill(unknown.targets[0].classes, 0xFFFFFFFFU);
    expect_error(ErrorKind::data, "no held-out row has a class that is known", [&] {
        fit_calibration(CalibrationKind::temperature, coder_of(Task::binary, 2), said.values, unknown);
    });
    expect_error(ErrorKind::usage, "probabilities of classes", [&] {
        fit_calibration(CalibrationKind::isotonic, TargetCoder(Task::regression, {{"y", {}}}, ""),
                        said.values, said.truth);
    });
}

}  // namespace
}  // namespace thalweg
