#include "model/option_table.h"

#include <gtest/gtest.h>

#include <set>

#include "model/defaults.h"

namespace thalweg {
namespace {

const Option& find(const std::vector<Option>& options, std::string_view name) {
    for (const Option& option : options)
        if (option.about.name == name) return option;
    throw std::logic_error("no option " + std::string(name));
}

/// The message of the usage error that setting gives, or "accepted".
std::string refusal(const Option& option, std::string_view text) {
    try {
        option.set(text);
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return error.what();
    }
}

TEST(Option, EveryOptionHasItsOwnNameAHeadingAndASentence) {
    TrainOptions train;
    ReadOptions read;
    std::set<std::string_view> names;
    for (const std::vector<Option>& options : {bind_options(train), bind_options(read)})
        for (const Option& option : options) {
            EXPECT_TRUE(names.insert(option.about.name).second) << option.about.name << " occurs twice";
            EXPECT_FALSE(option.about.group.empty()) << option.about.name;
            EXPECT_TRUE(option.about.help.ends_with('.') || option.about.help.ends_with(')'))
                << option.about.name;
            EXPECT_EQ(option.is_switch(), option.about.value.empty()) << option.about.name;
            const bool may_be_nothing = option.is_list() || option.kind == ValueKind::file;
            EXPECT_TRUE(may_be_nothing || !option.initial.empty() || !option.about.chosen.empty())
                << option.about.name << " says neither a default nor what is chosen";
        }
}

TEST(Option, SettingReachesTheField) {
    TrainOptions options;
    const std::vector<Option> bound = bind_options(options);
    find(bound, "target").set("price,rooms");
    find(bound, "hidden").set("64,32");
    find(bound, "activation").set("gelu");
    find(bound, "learning-rate").set("1e-3");
    find(bound, "seed").set("18446744073709551615");
    find(bound, "nesterov").set("true");
    EXPECT_EQ(options.target, (std::vector<std::string>{"price", "rooms"}));
    EXPECT_EQ(*options.hidden, (std::vector<std::size_t>{64, 32}));
    EXPECT_EQ(*options.activation, Activation::gelu);
    EXPECT_EQ(*options.learning_rate, 1e-3);
    EXPECT_EQ(options.seed, 18446744073709551615ull);
    EXPECT_TRUE(options.nesterov);
    find(bound, "quantile").set("0.05,0.95");
    EXPECT_EQ(options.quantile, (std::vector<double>{0.05, 0.95}));
    EXPECT_EQ(find(bound, "quantile").text(), "0.05,0.95");
}

TEST(Option, NoneIsANetworkWithoutHiddenLayers) {
    TrainOptions options;
    find(bind_options(options), "hidden").set("none");
    ASSERT_TRUE(options.hidden.has_value());
    EXPECT_TRUE(options.hidden->empty());
}

TEST(Option, ValidationIsAShareOrAFileWhicheverCameLast) {
    TrainOptions options;
    const Option validation = find(bind_options(options), "validation");
    validation.set("held_out.csv");
    EXPECT_EQ(options.validation_file, "held_out.csv");
    validation.set("0.25");
    EXPECT_EQ(options.validation, 0.25);
    EXPECT_EQ(options.validation_file, "");
    EXPECT_NE(refusal(validation, "1.5").find("from 0 to below 1"), std::string::npos);
}

TEST(Option, ATimeIsSecondsOrHasItsUnit) {
    TrainOptions options;
    const Option limit = find(bind_options(options), "time-limit");
    for (const auto& [text, seconds] :
         {std::pair{"45", 45.0}, {"10s", 10.0}, {"1.5min", 90.0}, {"1 h", 3600.0}, {"0", 0.0}}) {
        limit.set(text);
        EXPECT_EQ(options.time_limit, seconds) << text;
        EXPECT_EQ(limit.text(), number_text(seconds));
    }
}

TEST(Option, ANumberOutOfItsRangeIsRefusedWithTheRange) {
    TrainOptions options;
    const std::vector<Option> bound = bind_options(options);
    EXPECT_EQ(refusal(find(bound, "learning-rate"), "-1"), "must be a number above 0, not '-1'");
    EXPECT_EQ(refusal(find(bound, "learning-rate"), "nan"), "must be a number above 0, not 'nan'");
    EXPECT_EQ(refusal(find(bound, "learning-rate"), "inf"), "must be a number above 0, not 'inf'");
    EXPECT_EQ(refusal(find(bound, "learning-rate"), "0.1x"), "must be a number above 0, not '0.1x'");
    EXPECT_EQ(refusal(find(bound, "learning-rate"), ""), "must be a number above 0, not ''");
    EXPECT_EQ(refusal(find(bound, "dropout"), "1"), "must be a number from 0 to below 1, not '1'");
    EXPECT_EQ(refusal(find(bound, "quantile"), "0"), "must be a number above 0 and below 1, not '0'");
    EXPECT_EQ(refusal(find(bound, "quantile"), "0.1,1"), "must be a number above 0 and below 1, not '1'");
    EXPECT_EQ(refusal(find(bound, "quantile"), ""), "must be a number above 0 and below 1, not ''");
    EXPECT_EQ(refusal(find(bound, "tweedie-power"), "2"), "must be a number above 1 and below 2, not '2'");
    EXPECT_EQ(refusal(find(bound, "batch-size"), "0"), "must be a whole number 1 or more, not '0'");
    EXPECT_EQ(refusal(find(bound, "epochs"), "2.5"), "must be a whole number 1 or more, not '2.5'");
    for (const char* width : {"0", "1000000000000", "64,0", "64,", "-3", "99999999999999999999"})
        EXPECT_NE(refusal(find(bound, "hidden"), width).find("from 1 to 10000000"), std::string::npos)
            << width;
    EXPECT_FALSE(options.hidden.has_value()) << "a refused value must not reach the field";
}

TEST(Option, AnUnknownChoiceIsRefusedWithTheListAndTheNearest) {
    TrainOptions options;
    const std::string message = refusal(find(bind_options(options), "optimizer"), "adma");
    EXPECT_NE(message.find("did you mean 'adam'? one of: gd, sgd, adam, adamw"), std::string::npos)
        << message;
}

TEST(Option, ItemsInQuotesHoldCommasAndSurviveTheWayBack) {
    const std::vector<std::string> items = {"price, EUR", "a \"b\"", "rooms"};
    EXPECT_EQ(split_list("\"price, EUR\",\"a \"\"b\"\"\",rooms"), items);
    EXPECT_EQ(split_list(join_list(items)), items);
}

TEST(Option, AnEmptyCellIsMissingWhateverWordsAreGiven) {
    ReadOptions options;
    find(bind_options(options), "missing").set("-999,unknown");
    EXPECT_EQ(options.missing, (std::vector<std::string>{"", "-999", "unknown"}));
}

TEST(Option, CharactersAreOneByteOrTheWordTab) {
    ReadOptions options;
    const std::vector<Option> bound = bind_options(options);
    find(bound, "delimiter").set("tab");
    EXPECT_EQ(options.delimiter, '\t');
    find(bound, "delimiter").set(";");
    EXPECT_EQ(options.delimiter, ';');
    EXPECT_NE(refusal(find(bound, "delimiter"), ";;").find("one ASCII character"), std::string::npos);
    EXPECT_NE(refusal(find(bound, "delimiter"), "").find("one ASCII character"), std::string::npos);
}

TEST(Option, QuotesCanBeSwitchedOff) {
    ReadOptions options;
    const Option quote = find(bind_options(options), "quote");
    EXPECT_EQ(quote.initial, "\"");
    quote.set("none");
    EXPECT_EQ(options.quote, '\0');
    EXPECT_EQ(quote.text(), "none");
    quote.set("'");
    EXPECT_EQ(options.quote, '\'');
}

TEST(Option, TheRecordHoldsWhatIsNotAtItsDefaultAndReadsBack) {
    TrainOptions options;
    options.target = {"price, EUR"};
    options.hidden = std::vector<std::size_t>{};
    options.learning_rate = 0.1;
    options.validation = 0.2;
    options.seed = 7;
    const std::map<std::string, std::string> record = changed_options(options);
    EXPECT_EQ(record, (std::map<std::string, std::string>{{"target", "\"price, EUR\""},
                                                          {"hidden", "none"},
                                                          {"learning-rate", "0.1"},
                                                          {"validation", "0.2"},
                                                          {"seed", "7"}}));
    TrainOptions again;
    const std::vector<Option> bound = bind_options(again);
    for (const auto& [name, text] : record) find(bound, name).set(text);
    EXPECT_EQ(changed_options(again), record);
    EXPECT_EQ(again.target, options.target);
}

/// What training chooses for a table of a thousand rows where `options` leaves things open.
std::vector<Option> chosen_options(TrainOptions& options) {
    const DataFacts facts{850, 150, 8, 1};
    options = filled(options, choose(options, facts, choose_pair(Task::regression, options)));
    return bind_options(options);
}

TEST(Option, HelpTellsTheDefaultsThatTrainingTakes) {
    for (const Preset preset : {Preset::automatic, Preset::plain}) {
        TrainOptions options;
        options.preset = preset;
        const std::vector<Option> chosen = chosen_options(options);
        for (const char* name : {"hidden", "activation", "optimizer", "learning-rate", "schedule", "warmup",
                                 "epsilon", "weight-decay", "dropout"}) {
            const Option& option = find(chosen, name);
            EXPECT_NE(option.about.chosen.find(option.initial), std::string_view::npos)
                << "--" << name << " is " << option.initial << ", help says: " << option.about.chosen;
        }
    }
    for (const auto& [kind, name] : ChoiceTable<OptimizerKind>::entries) {
        TrainOptions options;
        options.optimizer = kind;
        const Option rate = find(chosen_options(options), "learning-rate");
        EXPECT_NE(rate.about.chosen.find(rate.initial + " for "), std::string_view::npos) << name;
    }
    TrainOptions open;
    EXPECT_EQ(find(bind_options(open), "validation").about.chosen.substr(0, 4),
              number_text(choose_validation_share(open)));
}

}  // namespace
}  // namespace thalweg
