// Values of options: what is taken, and that everything else is a usage error naming the option.
#include "cli/parse/options.h"

#include <gtest/gtest.h>

namespace holt::cli {
namespace {

using namespace std::chrono_literals;

constexpr Origin kFrom{"verify", "--x"};

TEST(OptionsTest, Integers) {
    EXPECT_EQ(*parse_integer(kFrom, "-5", -5, 19), -5);
    EXPECT_EQ(*parse_integer(kFrom, "19", -5, 19), 19);
    for (const char* bad : {"", " 1", "1 ", "20", "-6", "1.5", "x", "99999999999999999999", "+1"})
        EXPECT_EQ(parse_integer(kFrom, bad, -5, 19).error().kind, ErrorKind::usage) << bad;
}

TEST(OptionsTest, Seconds) {
    EXPECT_EQ(*parse_seconds(kFrom, "0"), 0ms);
    EXPECT_EQ(*parse_seconds(kFrom, "0.5"), 500ms);
    EXPECT_EQ(*parse_seconds(kFrom, "90"), 90s);
    for (const char* bad : {"", "-1", "nan", "inf", "1e300", "1s", "x"})
        EXPECT_FALSE(parse_seconds(kFrom, bad)) << bad;
}

TEST(OptionsTest, Percentages) {
    EXPECT_EQ(*parse_percent(kFrom, "10%"), 10u);
    EXPECT_EQ(*parse_percent(kFrom, "100"), 100u);
    for (const char* bad : {"", "%", "0", "0%", "101%", "-1%", "5%%", "1.5%"})
        EXPECT_FALSE(parse_percent(kFrom, bad)) << bad;
}

TEST(OptionsTest, Sizes) {
    EXPECT_EQ(*parse_size(kFrom, "4096"), 4096u);
    EXPECT_EQ(*parse_size(kFrom, "64K"), 65536u);
    EXPECT_EQ(*parse_size(kFrom, "128MB"), 128u << 20);
    EXPECT_EQ(*parse_size(kFrom, "2GiB"), std::uint64_t{2} << 30);
    for (const char* bad : {"", "K", "1.5M", "-1", "1X", "1MiBB", "99999999999T", "1 M"})
        EXPECT_FALSE(parse_size(kFrom, bad)) << bad;
}

TEST(OptionsTest, Words) {
    EXPECT_EQ(*parse_word<int>(kFrom, "b", {{"a", 1}, {"b", 2}}), 2);
    const auto bad = parse_word<int>(kFrom, "c", {{"a", 1}, {"b", 2}});
    EXPECT_EQ(bad.error().message(), "verify: --x takes one of a, b; see `holt verify --help`");
}

}  // namespace
}  // namespace holt::cli
