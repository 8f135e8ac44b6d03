#include "insight/event_file.h"

#include <gtest/gtest.h>

namespace thalweg::testing {
namespace {

TEST(EventFile, ChecksumsAreThoseOfTheStandard) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U) << "the check value of CRC-32C";
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU) << "RFC 3720, B.4";
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U) << "RFC 3720, B.4";
    EXPECT_EQ(crc32c(""), 0U);
}

}  // namespace
}  // namespace thalweg::testing
