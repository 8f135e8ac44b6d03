#include "model/checksum.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(Checksum, GivesTheCheckValueOfCrc64Xz) {
    EXPECT_EQ(checksum("123456789"), 0x995DC9BBDF1939FAU);
    EXPECT_EQ(checksum(""), 0U);
}

TEST(Checksum, ContinuesOverPieces) {
    EXPECT_EQ(checksum("6789", checksum("12345")), checksum("123456789"));
}

TEST(Checksum, IsSixteenLowerCaseDigits) {
    EXPECT_EQ(checksum_text(0xAB), "00000000000000ab");
}

}  // namespace
}  // namespace thalweg
