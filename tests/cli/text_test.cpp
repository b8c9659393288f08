// Figures are printed as a person expects them, at the edges too.
#include "cli/output/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "cli/output/console.h"
#include "cli/output/json.h"
#include "cli/output/table.h"

namespace holt::cli {
namespace {

using namespace std::chrono_literals;

TEST(TextTest, Counts) {
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(1000), "1,000");
    EXPECT_EQ(count_text(46'526), "46,526");
    EXPECT_EQ(count_text(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
    EXPECT_EQ(count_text(1, "file"), "1 file");
    EXPECT_EQ(count_text(0, "file"), "0 files");
}

TEST(TextTest, SizesChangeUnitBeforeTheyReach1024) {
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(1023), "1023 B");
    EXPECT_EQ(size_text(1024), "1.0 KiB");
    EXPECT_EQ(size_text(1024 * 1024 - 1), "1.0 MiB");
    EXPECT_EQ(size_text(623'823'945), "594.9 MiB");
    EXPECT_EQ(size_text(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
    EXPECT_EQ(size_of_text(512 * 1024, 2 * 1024 * 1024), "0.5/2.0 MiB");
    EXPECT_EQ(size_of_text(3, 17), "3/17 B");
}

TEST(TextTest, Durations) {
    EXPECT_EQ(duration_text(40ms), "0.04 s");
    EXPECT_EQ(duration_text(3200ms), "3.2 s");
    EXPECT_EQ(duration_text(59'960ms), "1 min 00 s");
    EXPECT_EQ(duration_text(65s), "1 min 05 s");
    EXPECT_EQ(duration_text(123min), "2 h 03 min");
    EXPECT_EQ(rate_text(1024 * 1024, 500ms), "2.0 MiB/s");
    EXPECT_EQ(rate_text(5, 0ns), "");
    EXPECT_EQ(percent_text(1, 4), "25.0%");
    EXPECT_EQ(percent_text(1, 0), "-");
}

TEST(TextTest, LinesAreCutBetweenCharacters) {
    EXPECT_EQ(cut_to("abc", 5), "abc");
    EXPECT_EQ(cut_to("abc", 2), "ab");
    EXPECT_EQ(cut_to("a\u00e4\u20acb", 3), "a\u00e4\u20ac");
    EXPECT_EQ(display_width("a\u00e4\u20acb"), 4u);
}

// RFC 4648 section 10.
TEST(JsonTest, Base64Vectors) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
    EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(JsonTest, BytesThatAreNoUtf8HaveAnExactTwin) {
    Json object = json_line("entry");
    put_bytes(object, "path", "a\nb");
    EXPECT_EQ(dump(object), R"({"type":"entry","path":"a\nb"})");
    put_bytes(object, "path", "a\xff");
    EXPECT_EQ(dump(object), R"({"type":"entry","path":"a\\xff","path_base64":"Yf8="})");
}

TEST(JsonTest, AnErrorCarriesAllItsParts) {
    const Error error{.kind = ErrorKind::no_space,
                      .sys_errno = 28,
                      .operation = "write pack",
                      .object = "packs/ab",
                      .advice = "free some space"};
    const Json object = error_json(error, 15);
    EXPECT_EQ(object["type"], "error");
    EXPECT_EQ(object["kind"], "no-space");
    EXPECT_EQ(object["operation"], "write pack");
    EXPECT_EQ(object["object"], "packs/ab");
    EXPECT_EQ(object["cause"], "No space left on device");
    EXPECT_EQ(object["advice"], "free some space");
    EXPECT_EQ(object["errno"], 28);
    EXPECT_EQ(object["exit_code"], 15);
}

}  // namespace
}  // namespace holt::cli
