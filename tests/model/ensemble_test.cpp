#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <set>

#include "model/assemble.h"
#include "model/model_file.h"
#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::class_table;
using testing::metric;
using testing::quick;
using testing::real_table;

const std::vector<std::string> kNames = {"a", "b", "c"};

TrainOptions brief(const std::string& target) {
    TrainOptions options = quick(target);
    options.epochs = 6;
    return options;
}

void expect_same_network(const Network<float>& a, const Network<float>& b, std::size_t number) {
    EXPECT_TRUE(std::ranges::equal(a.theta(), b.theta())) << "network " << number;
}

TEST(Ensemble, IsTheMeanOfNetworksTrainedSinglyBitForBit) {
    const Table validation_values = real_table(60, 2), validation_classes = class_table(60, kNames, 2);
    for (const bool classes : {false, true}) {
        const Table table = classes ? class_table(200, kNames) : real_table(200);
        const Table& validation = classes ? validation_classes : validation_values;
        TrainOptions options = brief(classes ? "kind" : "y");
        options.seed = 7;
        options.ensemble = 3;
        options.calibrate = CalibrationKind::none;
        const Training together = train(table, options, {}, &validation);
        ASSERT_EQ(together.model.networks().size(), 3U);
        const Matrix<double> mean = together.model.predict(validation).values;

        Matrix<double> sum(mean.rows(), mean.cols());
        options.ensemble = 1;
        for (std::size_t i = 0; i < 3; ++i) {
            options.seed = together.networks[i].seed;
            const Training alone = train(table, options, {}, &validation);
            expect_same_network(together.model.networks()[i].network, alone.model.network(), i + 1);
            EXPECT_EQ(together.networks[i].validation->metrics, alone.validation->metrics);
            const Matrix<double> values = alone.model.predict(validation).values;
            for (std::size_t j = 0; j < values.elements().size(); ++j)
                sum.elements()[j] += values.elements()[j];
        }
        for (std::size_t j = 0; j < sum.elements().size(); ++j)
            ASSERT_EQ(mean.elements()[j], sum.elements()[j] / 3.0) << "value " << j;
        EXPECT_EQ(together.validation->metrics, together.model.evaluate(validation).metrics);
    }
}

TEST(Ensemble, OfOneIsTheModelWithoutIt) {
    TrainOptions options = brief("kind");
    options.seed = 3;
    const Training alone = train(class_table(200, kNames), options);
    EXPECT_EQ(alone.networks.front().seed, 3U);
    options.ensemble = 4;
    const Training four = train(class_table(200, kNames), options);
    expect_same_network(four.model.networks()[0].network, alone.model.network(), 1);
    std::set<std::uint64_t> seeds;
    for (const NetworkTraining& network : four.networks) seeds.insert(network.seed);
    EXPECT_EQ(seeds.size(), 4U);
}

TEST(Ensemble, HasTheSameBytesForAnyNumberOfThreads) {
    TrainOptions options = brief("kind");
    options.ensemble = 2;
    options.folds = 3;
    std::string first;
    for (const int threads : {1, 2, 3, 7}) {
        options.threads = threads;
        const std::string bytes = model_bytes(train(class_table(200, kNames), options).model);
        if (first.empty()) first = bytes;
        EXPECT_TRUE(bytes == first) << threads << " threads";
    }
}

/// What stands between a table and its trained networks.
struct Bench {
    TrainOptions options;
    Prepared prepared;
    std::vector<NetworkTask> tasks;
    std::vector<Choices> kinds;

    Bench(const Table& table, const TrainOptions& asked) : options(asked), tasks(network_tasks(asked)) {
        std::vector<std::string> notes;
        prepared = prepare(table, labelled_rows(table, options, notes), options, nullptr);
        const DataFacts facts{prepared.training.rows, 1, prepared.preprocessor.inputs(),
                              prepared.coder.outputs()};
        kinds = {choose(options, facts, prepared.pair)};
    }
    std::vector<std::optional<FitResult>> train(const Sharing& sharing = {}) const {
        return train_networks(prepared, kinds, tasks, sharing, {});
    }
    Training assemble(std::vector<std::optional<FitResult>> fits) const {
        return thalweg::assemble(prepared, kinds, options, tasks, std::move(fits));
    }
};

TEST(Ensemble, IsTheSameHoweverManyNetworksAreTrainedSideBySide) {
    TrainOptions options = brief("y");
    options.ensemble = 5;
    const Bench bench(real_table(150), options);
    const auto expected = bench.train();
    for (const Sharing sharing : {Sharing{2, 1}, Sharing{3, 1}, Sharing{7, 1}, Sharing{1, 2}}) {
        const auto fits = bench.train(sharing);
        for (std::size_t i = 0; i < fits.size(); ++i)
            expect_same_network(fits[i]->network, expected[i]->network, i + 1);
    }
}

TEST(Ensemble, MayTakeKindsOfNetworksInTurnsAndPredictsTheirMean) {
    const Table table = real_table(150);
    TrainOptions options = brief("y");
    options.ensemble = 3;
    Bench bench(table, options);
    bench.kinds.push_back(bench.kinds.front());
    bench.kinds[1].shape.widths[1] += 2;
    bench.kinds[1].shape.periodic.inputs = {0};
    bench.tasks = network_tasks(options, bench.kinds.size());
    const Model mixed = bench.assemble(bench.train()).model;
    ASSERT_EQ(mixed.networks().size(), 3U);
    Matrix<double> mean(table.rows(), 1);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(mixed.networks()[i].network.shape(), bench.kinds[i % 2].shape) << "network " << i;
        const Model alone(mixed.preprocessor(), mixed.target_coder(), mixed.networks()[i].network,
                          mixed.loss(), {});
        const Matrix<double> values = alone.predict(table).values;
        for (std::size_t row = 0; row < table.rows(); ++row) mean(row, 0) += values(row, 0);
    }
    const Model loaded = model_from_bytes(model_bytes(mixed), "mixed");
    for (const Model* model : {&mixed, &loaded}) {
        const Matrix<double> values = model->predict(table).values;
        for (std::size_t row = 0; row < table.rows(); ++row)
            ASSERT_EQ(values(row, 0), mean(row, 0) / 3.0) << "row " << row;
    }
}

TEST(Ensemble, TakesKindsBySeedAndFoldsOfOneSeedTakeThemInTurns) {
    const auto kinds_of = [](std::size_t ensemble, std::size_t folds) {
        TrainOptions options;
        options.ensemble = ensemble;
        options.folds = folds;
        std::vector<std::size_t> kinds;
        for (const NetworkTask& task : network_tasks(options, 2)) kinds.push_back(task.kind);
        return kinds;
    };
    EXPECT_EQ(kinds_of(3, 1), (std::vector<std::size_t>{0, 1, 0}));
    EXPECT_EQ(kinds_of(2, 3), (std::vector<std::size_t>{0, 0, 0, 1, 1, 1}));
    EXPECT_EQ(kinds_of(1, 5), (std::vector<std::size_t>{0, 1, 0, 1, 0}));
}

TEST(Folds, NetworksLearnFromTheOtherFoldsAndScoresAreOfRowsTheyNeverSaw) {
    const Table table = real_table(120);
    TrainOptions options = brief("y");
    options.folds = 4;
    options.seed = 5;
    TrainingPlan plan;
    TrainHooks hooks;
    hooks.on_plan = [&](const TrainingPlan& told) { plan = told; };
    const Training training = train(table, options, hooks);
    EXPECT_EQ(plan.networks, 4U);
    EXPECT_EQ(training.training_rows, 120U);
    const Model& model = training.model;
    EXPECT_EQ(model.networks()[2].training.at("fold"), "3");

    std::vector<std::uint32_t> rows(table.rows());
    std::iota(rows.begin(), rows.end(), 0U);
    Dataset all = model.preprocessor().transform(table, rows);
    model.target_coder().encode(table, rows, all);
    const std::vector<std::uint32_t> fold_of_rows = deal_folds(120, {}, 4, 5);
    double squares = 0.0;
    for (std::uint32_t fold = 0; fold < 4; ++fold) {
        std::vector<std::uint32_t> learnt, held_out;
        for (const std::uint32_t row : rows) (fold_of_rows[row] == fold ? held_out : learnt).push_back(row);
        const Dataset validation = all.select(held_out);
        FitOptions fit_options = plan.fit;
        fit_options.seed = 5;
        Network<float> start(plan.shape);
        initialise(start, 5);
        const FitResult alone = fit(std::move(start), all.select(learnt), &validation, fit_options);
        expect_same_network(model.networks()[fold].network, alone.network, fold + 1);

        const Model of_fold(model.preprocessor(), model.target_coder(), alone.network, model.loss(), {});
        const Matrix<double> values = of_fold.predict(table).values;
        for (const std::uint32_t row : held_out)
            squares += std::pow(values(row, 0) - table.find("y")->values[row], 2);
    }
    EXPECT_EQ(training.validation->rows, 120U);
    EXPECT_NEAR(metric(training.validation->metrics, "rmse"), std::sqrt(squares / 120.0), 1e-9);
}

TEST(Folds, WithAnEnsembleEveryFoldHasEverySeedAndTheScoreIsOfTheirMean) {
    const Table table = class_table(150, kNames);
    TrainOptions options = brief("kind");
    options.folds = 3;
    options.ensemble = 2;
    const Training training = train(table, options);
    ASSERT_EQ(training.networks.size(), 6U);
    EXPECT_EQ(training.networks[1].seed, training.networks[0].seed);
    EXPECT_NE(training.networks[3].seed, training.networks[0].seed);
    EXPECT_EQ(training.networks[4].fold, 1U);

    const Model& model = training.model;
    std::vector<std::uint32_t> classes;
    for (std::size_t row = 0; row < table.rows(); ++row)
        classes.push_back(static_cast<std::uint32_t>(table.find("kind")->text(row)[0] - 'a'));
    const std::vector<std::uint32_t> fold_of_rows = deal_folds(150, classes, 3, 0);
    std::size_t right = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        std::vector<double> sum(3);
        for (const std::size_t network : {fold_of_rows[row], fold_of_rows[row] + 3}) {
            const Model alone(model.preprocessor(), model.target_coder(), model.networks()[network].network,
                              model.loss(), {});
            const Matrix<double> values = alone.predict(table).values;
            for (std::size_t j = 0; j < 3; ++j) sum[j] += values(row, j);
        }
        right += std::ranges::max_element(sum) - sum.begin() == classes[row];
    }
    EXPECT_NEAR(metric(training.validation->metrics, "accuracy"), static_cast<double>(right) / 150.0, 1e-12);
}

TEST(Folds, MoreThanRowsOfAClassAreSaid) {
    const Table table = testing::changed(class_table(60, {"a", "b"}), "kind", [](Column& column) {
        column.dictionary.push_back("rare");
        column.codes[5] = column.codes[9] = static_cast<std::uint32_t>(column.dictionary.size() - 1);
    });
    TrainOptions options = brief("kind");
    options.folds = 4;
    const Training training = train(table, options);
    EXPECT_EQ(std::ranges::count(training.notes,
                                 "class 'rare' has 2 rows, fewer than the 4 folds: some folds "
                                 "validate without it"),
              1);
    EXPECT_EQ(training.validation->rows, 60U);
}

TEST(Folds, ContradictOtherRowsToValidateOn) {
    TrainOptions options = brief("y");
    options.folds = 3;
    const Table validation = real_table(20, 2);
    expect_error(ErrorKind::usage, "--folds and --validation contradict",
                 [&] { train(real_table(100), options, {}, &validation); });
    options.validation = 0.2;
    expect_error(ErrorKind::usage, "--folds and --validation contradict",
                 [&] { train(real_table(100), options); });
    options.validation.reset();
    expect_error(ErrorKind::data, "2 rows cannot be dealt out to 3 folds",
                 [&] { train(real_table(2), options); });
}

TEST(Ensemble, LeavesOutANetworkThatDivergedOrHadNotBegun) {
    TrainOptions options = brief("y");
    options.ensemble = 4;
    const Bench bench(real_table(150), options);
    auto fits = bench.train();
    fits[1]->stop_reason = StopReason::diverged;
    fits[1]->divergence = "training diverged: the loss";
    fits[3].reset();
    const Network<float> third = fits[2]->network;
    const Training training = bench.assemble(std::move(fits));
    ASSERT_EQ(training.model.networks().size(), 2U);
    expect_same_network(training.model.networks()[1].network, third, 3);
    EXPECT_EQ(training.stop_reason, StopReason::epochs);
    EXPECT_EQ(std::ranges::count(training.notes, "network 2 is left out: training diverged: the loss"), 1);
    EXPECT_EQ(
        std::ranges::count(training.notes,
                           "1 of 4 networks is left out: training ended before they had learnt anything"),
        1);
    EXPECT_FALSE(training.networks[1].kept);
    EXPECT_EQ(training.networks.size(), 3U);
}

TEST(Ensemble, OfWhichAllDivergedHasTheirBestParameters) {
    TrainOptions options = brief("y");
    options.ensemble = 2;
    options.learning_rate = 1e30;
    const Training training = train(real_table(150), options);
    EXPECT_EQ(training.stop_reason, StopReason::diverged);
    EXPECT_EQ(training.model.networks().size(), 2U);
}

TEST(Ensemble, ThatIsStoppedKeepsTheBestOfEveryNetworkSoFar) {
    TrainOptions options = brief("y");
    options.ensemble = 3;
    options.threads = 1;
    TrainHooks hooks;
    std::vector<std::size_t> ended;
    hooks.on_network = [&](std::size_t network) { ended.push_back(network); };
    hooks.callbacks.on_epoch = [&](const EpochReport& report) {
        return report.network != 2 || report.epoch < 3;
    };
    const Training training = train(real_table(150), options, hooks);
    EXPECT_EQ(training.stop_reason, StopReason::stopped);
    EXPECT_EQ(ended, (std::vector<std::size_t>{1, 2}));
    ASSERT_EQ(training.model.networks().size(), 2U);
    EXPECT_EQ(training.networks[0].fit.history.size(), 6U);
    EXPECT_EQ(training.networks[1].fit.history.size(), 3U);
    EXPECT_EQ(
        std::ranges::count(training.notes,
                           "1 of 3 networks is left out: training ended before they had learnt anything"),
        1);
}

TEST(Ensemble, WithoutTimeStillHasANetwork) {
    TrainOptions options = brief("y");
    options.ensemble = 3;
    options.time_limit = 1e-9;
    const Training training = train(real_table(150), options);
    EXPECT_EQ(training.stop_reason, StopReason::time_limit);
    EXPECT_GE(training.model.networks().size(), 1U);
    EXPECT_EQ(training.model.predict(real_table(10, 2)).values.rows(), 10U);
}

TEST(Ensemble, ThatHasTimeEnoughIsNotChangedByALimit) {
    TrainOptions options = brief("y");
    options.ensemble = 3;
    const Model free = train(real_table(150), options).model;
    options.time_limit = 1e6;
    const Model limited = train(real_table(150), options).model;
    for (std::size_t i = 0; i < 3; ++i)
        expect_same_network(limited.networks()[i].network, free.networks()[i].network, i + 1);
}

TEST(Ensemble, OfNetworksThatCountDifferentlyIsTheirWeightedMean) {
    TrainOptions options = brief("y");
    options.ensemble = 2;
    const Model model = train(real_table(100), options).model;
    std::vector<ModelNetwork> networks = model.networks();
    networks[0].weight = 3;
    const Model weighted(model.preprocessor(), model.target_coder(), networks, model.loss(), {});
    const Table table = real_table(20, 2);
    const Matrix<double> values = weighted.predict(table).values;
    std::vector<Matrix<double>> of_each;
    for (const ModelNetwork& network : networks)
        of_each.push_back(Model(model.preprocessor(), model.target_coder(), network.network, model.loss(), {})
                              .predict(table)
                              .values);
    for (std::size_t row = 0; row < values.rows(); ++row)
        EXPECT_EQ(values(row, 0), (3.0 * of_each[0](row, 0) + of_each[1](row, 0)) / 4.0) << "row " << row;
}

TEST(SideBySide, EveryJobIsDoneOnceAndAFailureIsThrownAtTheEnd) {
    for (const std::size_t at_once : {1U, 2U, 7U}) {
        std::vector<std::atomic<int>> done(20);
        run_side_by_side(20, at_once, [&](std::size_t job) { ++done[job]; });
        for (const std::atomic<int>& count : done) EXPECT_EQ(count, 1);
        std::atomic<int> begun = 0;
        expect_error(ErrorKind::data, "job 3", [&] {
            run_side_by_side(20, at_once, [&](std::size_t job) {
                ++begun;
                if (job == 3) throw Error(ErrorKind::data, "job 3");
            });
        });
        if (at_once == 1) {
            EXPECT_EQ(begun, 4);
        }
    }
}

TEST(SideBySide, AsManyJobsAsThreadsRunEachOnOne) {
    EXPECT_EQ(share_threads(8, 1).at_once, 1U);
    EXPECT_EQ(share_threads(1, 0).at_once, 1U);
    const Sharing many = share_threads(10'000, 0);
    EXPECT_EQ(many.threads_each, 1);
    EXPECT_EQ(many.at_once, static_cast<std::size_t>(share_threads(1, 0).threads_each));
}

}  // namespace
}  // namespace thalweg
