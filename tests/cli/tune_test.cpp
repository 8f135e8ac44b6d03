#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// Searches of a second: titanic is read where it lies.
class Tune : public ::testing::Test {
  protected:
    std::vector<std::string> titanic(const std::vector<std::string>& more,
                                     const std::string& epochs = "27") const {
        const std::string table = std::string(THALWEG_TEST_DATA) + "/tables/titanic.train.csv.gz";
        return with(
            {"tune", table, "--target", "survived", "--epochs", epochs, "--hidden", "16", "--folds", "3"},
            more);
    }
    RunResult run(const std::vector<std::string>& words) {
        return thalweg(words, {.folder = folder_.path()});
    }
    /// What Python's sqlite3 reads.
    json rows(const std::string& study, const std::string& query) {
        const RunResult result =
            testing::run({THALWEG_PYTHON, "-c",
                          "import json, sqlite3, sys\n"
                          "print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))",
                          study, query},
                         {.folder = folder_.path()});
        EXPECT_EQ(result.status, 0) << result.err;
        return json::parse(result.out);
    }
    void change(const std::string& study, const std::string& statement) {
        const RunResult result =
            testing::run({THALWEG_PYTHON, "-c",
                          "import sqlite3, sys\n"
                          "c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
                          study, statement},
                         {.folder = folder_.path()});
        EXPECT_EQ(result.status, 0) << result.err;
    }
    void expect_refused(const std::vector<std::string>& words, int status, const std::string& what) {
        const RunResult result = run(words);
        EXPECT_EQ(result.status, status) << result.err;
        EXPECT_TRUE(holds(result.err, what)) << result.err;
    }

    WorkFolder folder_;
};

TEST_F(Tune, MakesAModelAndKeepsEveryTrialForOtherPrograms) {
    const RunResult result = run(titanic({"--trials", "12", "--test", "0.2", "-o", "t.safetensors"}));
    ASSERT_EQ(result.status, 0) << result.err;
    for (const char* words : {"12 trials", "570 to learn from, in 3 folds, 143 kept apart", "out of fold",
                              "on 143 rows that the search never saw", "thalweg tune --show t.sqlite"})
        EXPECT_TRUE(holds(result.out, words)) << words << " is not in:\n" << result.out;
    EXPECT_EQ(folder_.entries(), (std::vector<std::string>{"t.safetensors", "t.sqlite"}));

    const json trials = rows("t.sqlite",
                             "SELECT trial, rung, epochs, state, score, loss, seconds, hyperparameters, "
                             "metrics FROM trials ORDER BY trial, rung");
    std::set<int> seen;
    for (const json& row : trials) {
        seen.insert(row[0].get<int>());
        const int epochs[] = {3, 9, 27};
        EXPECT_EQ(row[2], epochs[row[1].get<std::size_t>()]);
        EXPECT_TRUE(row[3] == "done" || row[3] == "stopped early") << row;
        EXPECT_GT(row[4].get<double>(), 0.0);
        const json values = json::parse(row[7].get<std::string>());
        EXPECT_TRUE(values.contains("learning-rate")) << values;
        EXPECT_FALSE(values.contains("hidden")) << "it was given, and is not searched: " << values;
        EXPECT_DOUBLE_EQ(json::parse(row[8].get<std::string>()).at("log_loss").get<double>(),
                         row[4].get<double>());
    }
    EXPECT_EQ(seen.size(), 12U);
    EXPECT_EQ(trials.front()[1], 2) << "the defaults are trained in full";
    // Of a round of nine 3 reach the second rung and 1 the last; then the defaults, and 2, 1 and 1 of 2 more.
    EXPECT_EQ(rows("t.sqlite", "SELECT count(*) FROM trials WHERE rung = 0"), json::parse("[[11]]"));
    EXPECT_EQ(rows("t.sqlite", "SELECT count(*) FROM trials WHERE rung = 1"), json::parse("[[4]]"));
    EXPECT_EQ(rows("t.sqlite", "SELECT count(*) FROM trials WHERE rung = 2"), json::parse("[[3]]"));
    EXPECT_EQ(rows("t.sqlite", "SELECT count(DISTINCT trial) FROM networks"), json::parse("[[10]]"))
        << "those that the model may have";

    for (const char* command : {"evaluate", "predict", "explain"}) {
        const RunResult read =
            run({command, "t.safetensors", std::string(THALWEG_TEST_DATA) + "/tables/titanic.test.csv.gz"});
        EXPECT_EQ(read.status, 0) << read.err;
    }
    EXPECT_TRUE(holds(run({"inspect", "t.safetensors", "--json"}).out, "\"trial\""));
}

TEST_F(Tune, TheSameTrialsAndBytesComeOutForAnyThreads) {
    const std::vector<std::string> search = titanic({"--trials", "12", "--seed", "4", "--quiet"});
    for (const char* threads : {"1", "2", "3", "7"})
        ASSERT_EQ(
            run(with(search, {"--threads", threads, "-o", std::string(threads) + ".safetensors"})).status, 0);
    const std::string query =
        "SELECT trial, rung, hyperparameters, epochs, state, score, loss, metrics FROM trials "
        "ORDER BY trial, rung";
    for (const char* threads : {"2", "3", "7"}) {
        EXPECT_TRUE(folder_.read("1.safetensors") == folder_.read(std::string(threads) + ".safetensors"));
        EXPECT_EQ(rows("1.sqlite", query), rows(std::string(threads) + ".sqlite", query));
    }
    ASSERT_EQ(run(titanic({"--trials", "12", "--seed", "5", "--quiet", "-o", "other.safetensors"})).status,
              0);
    EXPECT_NE(rows("1.sqlite", query), rows("other.sqlite", query));
}

TEST_F(Tune, KilledAtAnyMomentItGoesOnToTheSameBytesAndDoesNothingTwice) {
    const std::vector<std::string> words = titanic({"--trials", "21"}, "90");
    ASSERT_EQ(run(with(words, {"-o", "whole.safetensors", "--quiet"})).status, 0);

    const std::string finished =
        "SELECT trial, rung, score, ended FROM trials WHERE state IN ('done', 'stopped early') "
        "ORDER BY trial, rung";
    json before = json::array();
    for (const char* moment :
         {"search: ", "1 training done", "2 trainings done", "4 trainings done", "search: "}) {
        RunningProgram program(with(words, {"-o", "killed.safetensors", "--resume", "--threads", "2"}),
                               {.folder = folder_.path()});
        ASSERT_TRUE(program.wait_for(moment)) << program.err();
        program.send(SIGKILL);
        EXPECT_EQ(program.finish(), 128 + SIGKILL);
        const json now = rows("killed.sqlite", finished);
        for (const json& row : before)
            EXPECT_NE(std::find(now.begin(), now.end(), row), now.end()) << "done again or lost: " << row;
        before = now;
    }
    EXPECT_FALSE(before.empty());
    const RunResult resumed = run(with(words, {"-o", "killed.safetensors", "--resume", "--threads", "3"}));
    EXPECT_EQ(resumed.status, 0) << resumed.err;
    EXPECT_TRUE(holds(resumed.err, "the search goes on from killed.sqlite: ")) << resumed.err;
    EXPECT_TRUE(folder_.read("killed.safetensors") == folder_.read("whole.safetensors"));
    const json after = rows("killed.sqlite", finished);
    for (const json& row : before) EXPECT_NE(std::find(after.begin(), after.end(), row), after.end());

    // A search that has come to its end makes the model again and trains nothing.
    ASSERT_EQ(run(with(words, {"-o", "again.safetensors", "--study", "killed.sqlite", "--resume"})).status,
              0);
    EXPECT_EQ(rows("killed.sqlite", finished), after);
    EXPECT_TRUE(folder_.read("again.safetensors") == folder_.read("whole.safetensors"));
}

TEST_F(Tune, MoreTrialsGoOnFromThoseThatThereAre) {
    ASSERT_EQ(run(titanic({"--trials", "5", "-o", "t.safetensors", "--quiet"})).status, 0);
    const json five = rows("t.sqlite", "SELECT trial, rung, ended FROM trials ORDER BY trial, rung");
    ASSERT_EQ(run(titanic({"--trials", "15", "-o", "t.safetensors", "--quiet", "--resume"})).status, 0);
    const json fifteen = rows("t.sqlite", "SELECT trial, rung, ended FROM trials ORDER BY trial, rung");
    for (const json& row : five) EXPECT_NE(std::find(fifteen.begin(), fifteen.end(), row), fifteen.end());
    EXPECT_EQ(rows("t.sqlite", "SELECT count(DISTINCT trial) FROM trials"), json::parse("[[15]]"));
}

TEST_F(Tune, AStudyOfAnotherSearchIsRefusedAndStaysAsItIs) {
    folder_.write("houses.csv", houses_csv(60));
    const std::vector<std::string> search = {"tune",     "houses.csv", "--target", "price",
                                             "--epochs", "3",          "--trials", "3"};
    ASSERT_EQ(run(with(search, {"-o", "m.safetensors"})).status, 0);
    const std::string study = folder_.read("m.sqlite"), model = folder_.read("m.safetensors");
    const std::vector<std::string> resume = with(search, {"-o", "m.safetensors", "--resume"});
    expect_refused(with(search, {"-o", "m.safetensors"}), 2, "go on from it with --resume, or name another");
    expect_refused(with(resume, {"--seed", "1"}), 2, "--seed was not given and is 1");
    expect_refused(with(resume, {"--dropout", "0.1"}), 2, "--dropout was not given and is 0.1");
    expect_refused(with(resume, {"--ensemble", "3"}), 2, "--ensemble was 10 and is 3");
    expect_refused(with(resume, {"--preset", "realmlp"}), 2, "--preset was not given and is realmlp");
    expect_refused({"tune", "houses.csv", "--target", "rooms", "--epochs", "3", "--trials", "3", "--study",
                    "m.sqlite", "--resume"},
                   2, "--target was price and is rooms");
    folder_.write("houses.csv", houses_csv(61));
    expect_refused(resume, 3, "there were 60 rows and are 61");
    folder_.write("houses.csv", houses_csv(60));
    EXPECT_TRUE(folder_.read("m.sqlite") == study) << "the study was touched";
    EXPECT_TRUE(folder_.read("m.safetensors") == model) << "the model was touched";
    EXPECT_EQ(run(resume).status, 0);
}

TEST_F(Tune, AFileThatIsNoStudyOrDamagedIsRefused) {
    folder_.write("houses.csv", houses_csv(60));
    const std::vector<std::string> search = {"tune", "houses.csv", "--target", "price",    "--epochs",
                                             "3",    "--trials",   "3",        "--resume", "--quiet"};
    const auto expect_both = [&](const std::string& study, const std::string& what) {
        expect_refused({"tune", "--show", study}, 4, what);
        expect_refused(with(search, {"--study", study}), 4, what);
    };
    change("other.sqlite", "CREATE TABLE t (a)");
    expect_both("other.sqlite", "an SQLite file, but no study");
    folder_.write("empty.sqlite", "");
    expect_refused({"tune", "--show", "empty.sqlite"}, 4, "an SQLite file, but no study");
    EXPECT_EQ(run(with(search, {"--study", "empty.sqlite"})).status, 0) << "one that was killed at its start";
    folder_.write("text.sqlite", "These are words and no database, however long they are drawn out.");
    expect_both("text.sqlite", "no SQLite file");

    ASSERT_EQ(run(with(search, {"--study", "good.sqlite"})).status, 0);
    const std::string good = folder_.read("good.sqlite");
    folder_.write("new.sqlite", good);
    change("new.sqlite", "PRAGMA user_version = 2");
    expect_both("new.sqlite", "use a newer one");
    folder_.write("cut.sqlite", good.substr(0, good.size() / 2));
    expect_refused(with(search, {"--study", "cut.sqlite"}), 4, "cut.sqlite: ");
    for (const char* statement :
         {"UPDATE trials SET state = 'asleep'", "UPDATE trials SET score = 'low'",
          "UPDATE trials SET hyperparameters = '[1'", "UPDATE trials SET rung = -1 - rung",
          "UPDATE study SET value = '{' WHERE key = 'target'", "DELETE FROM study"}) {
        folder_.write("changed.sqlite", good);
        change("changed.sqlite", statement);
        expect_refused({"tune", "--show", "changed.sqlite"}, 4, "changed.sqlite: the study is damaged");
    }
    for (const char* statement :
         {"UPDATE networks SET bytes = substr(bytes, 1, length(bytes) - 4)", "DELETE FROM networks",
          "UPDATE study SET value = 'soon' WHERE key = 'seconds'",
          "UPDATE study SET value = '0.0.1' WHERE key = 'version'"}) {
        folder_.write("changed.sqlite", good);
        change("changed.sqlite", statement);
        expect_refused(with(search, {"--study", "changed.sqlite"}), 4, "changed.sqlite");
    }
}

TEST_F(Tune, ShowsATableAPictureJsonAndAPage) {
    ASSERT_EQ(run(titanic({"--trials", "12", "-o", "t.safetensors", "--quiet"})).status, 0);
    const std::string study = folder_.read("t.sqlite");
    const RunResult shown = run({"tune", "--show", "t.sqlite"});
    EXPECT_EQ(shown.status, 0) << shown.err;
    EXPECT_TRUE(holds(shown.out, "12 trials")) << shown.out;
    EXPECT_TRUE(holds(shown.out, "best log_loss so far")) << shown.out;

    const RunResult as_json = run({"tune", "--show", "t.sqlite", "--json"});
    const json trials = json::parse(as_json.out).at("trials");
    ASSERT_EQ(trials.size(), 12U);
    int weight = 0;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (i > 0) {
            EXPECT_LE(trials[i - 1].at("score").get<double>(), trials[i].at("score").get<double>());
        }
        weight += trials[i].at("weight").get<int>();
    }
    EXPECT_GT(weight, 0);
    // The best is named first in the table too.
    const std::vector<std::string> lines = lines_of(shown.out);
    std::istringstream first(lines.at(4));
    std::size_t trial = 0;
    first >> trial;
    EXPECT_EQ(trial, trials.front().at("trial").get<std::size_t>()) << shown.out;

    EXPECT_EQ(run({"tune", "--show", "t.sqlite", "--html", "t.html"}).status, 0);
    const std::string page = folder_.read("t.html");
    EXPECT_TRUE(holds(page, "Best score so far"));
    EXPECT_FALSE(holds(page, "src=\"http")) << "it needs nothing beside it";
    EXPECT_TRUE(folder_.read("t.sqlite") == study) << "looking changed the file";
}

TEST_F(Tune, AFailedTrialIsKeptAndSaidAndTheOthersGoOn) {
    folder_.write("houses.csv", houses_csv(60));
    // Twenty thousand times sgd's rate is beyond what any network bears.
    const RunResult all = run({"tune", "houses.csv", "--target", "price", "--optimizer", "sgd",
                               "--learning-rate", "1e30", "--trials", "3", "--epochs", "3", "--folds", "1"});
    EXPECT_EQ(all.status, 5) << all.err;
    EXPECT_TRUE(holds(all.err, "no trial could be trained")) << all.err;
    EXPECT_EQ(folder_.entries(), (std::vector<std::string>{"houses.csv", "model.sqlite"}));
    for (const json& row : rows("model.sqlite", "SELECT state, message FROM trials")) {
        EXPECT_EQ(row[0], "failed");
        EXPECT_TRUE(holds(row[1], "training diverged")) << row;
    }
}

TEST_F(Tune, EveryPresetIsSearched) {
    folder_.write("flowers.csv", flowers_csv(90));
    for (const char* preset : {"auto", "plain", "realmlp", "realmlp-s", "tabm", "tabm-mini"}) {
        const std::string model = std::string(preset) + ".safetensors";
        const RunResult result =
            run({"tune", "flowers.csv", "--target", "kind", "--preset", preset, "--trials", "5", "--hidden",
                 "8", "--epochs", "9", "-o", model, "--quiet"});
        EXPECT_EQ(result.status, 0) << preset << result.err;
        EXPECT_EQ(rows(std::string(preset) + ".sqlite", "SELECT count(*) FROM trials WHERE state = 'failed'"),
                  json::parse("[[0]]"));
        EXPECT_EQ(run({"evaluate", model, "flowers.csv"}).status, 0);
    }
}

TEST_F(Tune, ALossThatTheSelectionDoesNotFollowTakesTheBestTrialAlone) {
    folder_.write("houses.csv", houses_csv(80));
    const RunResult result = run({"tune", "houses.csv", "--target", "price", "--loss", "quantile",
                                  "--quantile", "0.9", "--trials", "4", "--epochs", "9", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    const json summary = json::parse(result.out);
    EXPECT_EQ(summary.at("metric"), "pinball");
    EXPECT_EQ(summary.at("chosen").size(), 1U);
    const json best = rows("model.sqlite", "SELECT trial FROM trials ORDER BY score, trial, rung LIMIT 1");
    EXPECT_EQ(summary.at("chosen")[0].at("trial"), best[0][0]);
}

TEST_F(Tune, EachLossIsSearchedByItsOwnMetric) {
    folder_.write("houses.csv", houses_csv(80));
    for (const auto& [loss, metric] : std::map<std::string, std::string>{{"poisson", "deviance"},
                                                                         {"gamma", "deviance"},
                                                                         {"tweedie", "deviance"},
                                                                         {"mape", "mape"},
                                                                         {"absolute_error", "mae"},
                                                                         {"squared_error", "rmse"}}) {
        const RunResult result =
            run({"tune", "houses.csv", "--target", "price", "--loss", loss, "--trials", "2", "--epochs", "6",
                 "--hidden", "8", "--json", "-o", loss + ".safetensors"});
        ASSERT_EQ(result.status, 0) << loss << result.err;
        EXPECT_EQ(json::parse(result.out).at("metric"), metric) << loss;
    }
}

TEST_F(Tune, TrialsOfSeveralTargetsAreComparedInTheDeviationsOfEach) {
    // The second target is the first in another unit.
    std::string table = "rooms,price,cents\n";
    for (int i = 0; i < 80; ++i) {
        const int rooms = 1 + i * 7 % 11, price = 1000 * rooms * rooms;
        table +=
            std::to_string(rooms) + "," + std::to_string(price) + "," + std::to_string(100 * price) + "\n";
    }
    folder_.write("houses.csv", table);
    const RunResult result = run({"tune", "houses.csv", "--target", "price,cents", "--trials", "3",
                                  "--epochs", "20", "--hidden", "8", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(json::parse(result.out).at("metric"), "rmse");
    for (const json& row : rows("model.sqlite", "SELECT score FROM trials WHERE state = 'done'")) {
        EXPECT_GT(row[0], 0.0);
        EXPECT_LT(row[0], 2.0) << "in deviations, not in cents";
    }
}

TEST_F(Tune, ATimeLimitEndsItAndALongerOneGoesOn) {
    const std::vector<std::string> search = titanic({"-o", "t.safetensors", "--quiet", "--resume"});
    const char* const done = "SELECT trial, rung, ended FROM trials WHERE state = 'done'";
    int seconds = 1;
    // Until more trials are done than were: a sanitized one alone takes more than a second.
    const auto lengthened = [&](std::size_t before) {
        for (std::size_t trials = before; trials <= before && seconds < 200; seconds *= 2) {
            EXPECT_EQ(run(with(search, {"--time-limit", std::to_string(seconds) + "s"})).status, 0);
            trials = rows("t.sqlite", done).size();
        }
        return rows("t.sqlite", done).size();
    };
    const std::size_t trials = lengthened(0);
    EXPECT_GT(trials, 0U);
    EXPECT_EQ(
        run({"evaluate", "t.safetensors", std::string(THALWEG_TEST_DATA) + "/tables/titanic.test.csv.gz"})
            .status,
        0);
    EXPECT_GT(lengthened(trials), trials);
}

TEST_F(Tune, AStudyWithoutTimeForASearchHasOneWhenItIsGivenMore) {
    const auto search = [&](const std::string& limit) {
        return run(
            titanic({"--trials", "3", "--time-limit", limit, "--resume", "-o", "t.safetensors"}, "600"));
    };
    const std::string no_time = "there is no time for a search";
    // How much is enough for the defaults and no more is for the machine to say.
    for (double limit = 3.2; limit > 0.01; limit /= 2) {
        std::filesystem::remove(folder_.path() / "t.sqlite");
        if (holds(search(std::to_string(limit) + "s").err, no_time)) break;
    }
    const char* const of_defaults = "SELECT max(epochs) FROM trials WHERE trial = 0 AND state = 'done'";
    const json epochs = rows("t.sqlite", of_defaults);
    EXPECT_EQ(rows("t.sqlite", "SELECT count(DISTINCT trial) FROM trials"), json::parse("[[1]]"));
    EXPECT_LT(epochs[0][0], 600);

    const RunResult longer = search("1000s");
    ASSERT_EQ(longer.status, 0) << longer.err;
    EXPECT_FALSE(holds(longer.err, no_time)) << longer.err;
    EXPECT_EQ(rows("t.sqlite", "SELECT count(DISTINCT trial) FROM trials"), json::parse("[[3]]"));
    EXPECT_EQ(rows("t.sqlite", of_defaults), json::parse("[[600]]"));
}

TEST_F(Tune, ControlCEndsTheSearchWithAModelOfWhatThereIs) {
    std::vector<std::string> words = titanic({"--trials", "100000", "-o", "t.safetensors"});
    RunningProgram program(words, {.folder = folder_.path()}, 100);
    ASSERT_TRUE(program.wait_for("4 trainings done")) << program.err();
    program.send(SIGINT);
    EXPECT_EQ(program.finish(), 130) << program.err();
    EXPECT_EQ(folder_.entries(), (std::vector<std::string>{"t.safetensors", "t.sqlite"}));
    EXPECT_EQ(
        run({"evaluate", "t.safetensors", std::string(THALWEG_TEST_DATA) + "/tables/titanic.test.csv.gz"})
            .status,
        0);
    EXPECT_EQ(run({"tune", "--show", "t.sqlite"}).status, 0);
}

TEST_F(Tune, ControlCWithinTheFirstTrainingKeepsTheNetworksThatHadBegun) {
    folder_.write("houses.csv", houses_csv(200));
    for (const char* folds : {"1", "5"}) {
        const std::string model = std::string(folds) + ".safetensors";
        RunningProgram program({"tune", "houses.csv", "--target", "price", "--hidden", "16", "--folds", folds,
                                "--epochs", "100000000", "--patience", "0", "-o", model},
                               {.folder = folder_.path()}, 100);
        // Redrawn by an epoch that is through.
        ASSERT_TRUE(program.wait_for("s  trial 0, rung 3")) << program.err();
        program.send(SIGINT);
        EXPECT_EQ(program.finish(), 130) << program.err();
        EXPECT_EQ(run({"evaluate", model, "houses.csv"}).status, 0);
    }
}

TEST_F(Tune, TwoSearchesDoNotWriteOneStudy) {
    RunningProgram first(titanic({"--trials", "100000", "--study", "s.sqlite"}), {.folder = folder_.path()});
    ASSERT_TRUE(first.wait_for("1 training done")) << first.err();
    expect_refused(titanic({"--trials", "100000", "--study", "s.sqlite", "--resume"}), 1,
                   "another search writes this study");
    EXPECT_EQ(run({"tune", "--show", "s.sqlite"}).status, 0) << "it can be looked at while it grows";
    first.send(SIGINT);
    EXPECT_EQ(first.finish(), 130) << first.err();
}

TEST_F(Tune, QuietSaysNothing) {
    const RunResult result = run(titanic({"--trials", "2", "--quiet"}));
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, "");
}

}  // namespace
}  // namespace thalweg::testing
