#pragma once

#include <gtest/gtest.h>

#include <string>

#include "thalweg/error.hpp"

namespace thalweg::test {

/// act() throws Error of this kind, with `part` in its message.
template <class Act>
void expect_error(ErrorKind kind, const std::string& part, const Act& act) {
    try {
        act();
        ADD_FAILURE() << "no error; expected one with \"" << part << "\"";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
            << "got \"" << error.what() << "\", expected \"" << part << "\" in it";
    }
}

}  // namespace thalweg::test
