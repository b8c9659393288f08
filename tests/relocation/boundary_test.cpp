// Proves: a path is found where text and binary files name it, and not within another one.
#include "relocation/boundary.h"

#include <gtest/gtest.h>

#include <string>

namespace holt::relocation {
namespace {

const std::string kPath = "/opt/env";

bool begins(const std::string& before) {
    const std::string text = before + kPath;
    return begins_in_text(as_bytes(text), before.size());
}
bool ends(const std::string& after) {
    const std::string text = kPath + after;
    return ends_in_text(as_bytes(text), kPath.size());
}

TEST(Boundary, APathBeginsWhereNothingOfAPathStandsBefore) {
    for (const char* before : {"", "PATH=", "file://", "'", "(", ":", "\xEF\xBB\xBF"})
        EXPECT_TRUE(begins(before)) << before;
    for (const char* before : {"/data", "/data/", "a", "3", "_", ".", "é", "/日本"})
        EXPECT_FALSE(begins(before)) << before;
}

TEST(Boundary, AnOptionMayStandRightBeforeAPath) {
    for (const char* before : {"-L", "libs=' -I", "-isystem", "\"-idirafter", "-MF"})
        EXPECT_TRUE(begins(before)) << before;
    for (const char* before : {"x-L", "my-lib", "/data/-x", "--prefix"})
        EXPECT_FALSE(begins(before)) << before;
}

TEST(Boundary, AnEscapeMayStandRightBeforeAPath) {
    for (const char* before :
         {"line\\n", "\\t", "\\u003c", "\\x27", "?p=%22", "\x1b[31m", "\x1b[1;32m"})
        EXPECT_TRUE(begins(before)) << before;
    for (const char* before : {"\\u0061", "%41", "%2F", "%C3%A9", "[31m"})
        EXPECT_FALSE(begins(before)) << before;
}

TEST(Boundary, QuotationMarksOfEveryEncodingStandAroundAPath) {
    for (const char* mark : {"‘", "“", "«", "→ ", "→", "\x93", "\xAB", "\xA0", "😀"})
        EXPECT_TRUE(begins(mark)) << mark;
    for (const char* mark : {"’", "”", "»", "…", "\x94", "\xBB", "\xA0"})
        EXPECT_TRUE(ends(mark)) << mark;
}

TEST(Boundary, ALongerNameIsAnotherPath) {
    for (const char* after :
         {"2", "-b", ".bak", "_c", "é", "\xE9", "日", "%20two", "%C3%A9", "\\ two"})
        EXPECT_FALSE(ends(after)) << after;
    for (const char* after : {"", "/", ":", "\"", "%22", "%2F", "%", "\\n", ")", "</a>"})
        EXPECT_TRUE(ends(after)) << after;
}

// "2" is 50 and "e" is 101: lengths of what follows, where nothing of a name stands before them.
TEST(Boundary, ALengthThatLooksLikeALetterStandsBeforeAPathInBinaryFiles) {
    const auto begins_at = [](const std::string& before, std::size_t length) {
        std::string content = before + kPath + "/" + std::string(length - kPath.size() - 1, 'x');
        content += std::string("\0\1", 2);
        return begins_in_binary(as_bytes(content), before.size(), kPath.size());
    };
    EXPECT_TRUE(
        begins_at("\x0A"
                  "2",
                  50));
    EXPECT_TRUE(
        begins_at("\xD9"
                  "e",
                  101));
    EXPECT_FALSE(
        begins_at("\x0A"
                  "e",
                  60));  // it would go on behind the text's end
    EXPECT_FALSE(begins_at("/usr/share", 101));
}

TEST(Boundary, AStringOfStatedLengthEndsThereWhateverFollows) {
    const auto ends_at = [](const std::string& before) {
        const std::string content = before + kPath + "zzz";
        return ends_in_binary(as_bytes(content), before.size(), kPath.size());
    };
    for (const auto& [bytes, size] : {std::pair{"\x08", 1},
                                      {"\x08\0", 2},
                                      {"\x08\0\0\0", 4},
                                      {"\x08\0\0\0\0\0\0\0", 8},
                                      {"\0\0\0\x08", 4}})
        EXPECT_TRUE(ends_at(std::string(bytes, static_cast<std::size_t>(size))));
    EXPECT_FALSE(ends_at("\x0B"));
    EXPECT_FALSE(ends_at(std::string("\x0B\0\0\0", 4)));
}

}  // namespace
}  // namespace holt::relocation
