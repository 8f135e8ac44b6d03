#include "thalweg/choice.hpp"

#include <gtest/gtest.h>

#include "thalweg/activation.hpp"

namespace thalweg {
namespace {

TEST(Choice, EveryNameParsesToItself) {
    for (const auto& [choice, name] : ChoiceTable<Activation>::entries) {
        EXPECT_EQ(parse_choice<Activation>(name), choice);
        EXPECT_EQ(name_of(choice), name);
    }
}

TEST(Choice, AnUnknownNameIsToldWithTheNearestAndTheList) {
    try {
        parse_choice<Activation>("rleu");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        const std::string message = error.what();
        EXPECT_NE(message.find("unknown activation 'rleu'; did you mean 'relu'? one of: logistic, tanh"),
                  std::string::npos)
            << message;
    }
}

TEST(Choice, NothingIsOfferedForAnotherWord) {
    const std::vector<std::string> names = {"price", "rooms"};
    EXPECT_EQ(nearest_name("latitude", names), "");
    EXPECT_EQ(nearest_name("pirce", names), "price");
}

}  // namespace
}  // namespace thalweg
