// Proves: with --rsyncable an insertion and a deletion change only what is near them in the output,
// as rsync itself counts it; the output is whole, the same on any number of threads, and little
// larger.
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

/// A line for each number: no two places are alike, so that only the same place is found again.
std::string numbered(std::size_t size) {
    std::mt19937 random(3);
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i)
        text += "entry " + std::to_string(i) + " has " + std::to_string(random()) + "\n";
    return text;
}

struct Filter {
    const char* command;
    std::vector<std::string> threads;  ///< an option that gives another number of them
    std::size_t change = 0;            ///< bytes that rsync may have to send for two changes
};

void PrintTo(const Filter& filter, std::ostream* out) {
    *out << filter.command;
}

class Rsyncable : public FilterFixture, public testing::WithParamInterface<Filter> {
  protected:
    Rsyncable() : FilterFixture(GetParam().command) {}

    /// Bytes of `b` that rsync does not find in `a`.
    std::size_t not_found(const std::string& a, const std::string& b) {
        make("new/f", b);
        make("old/f", a);
        const auto done = Program{.path = "rsync",
                                  .args = {"--no-whole-file", "-I", "-B", "2048", "--stats",
                                           path("new/f"), path("old/f")},
                                  .folder = dir_.path()}
                              .run();
        EXPECT_EQ(done.code, 0) << done.err;
        EXPECT_EQ(read_file(path("old/f")), b);
        const std::size_t at = done.out.find("Literal data: ");
        std::string digits;
        for (std::size_t i = at + 14; i < done.out.size() && done.out[i] != ' '; ++i)
            if (done.out[i] != ',') digits += done.out[i];
        return at == std::string::npos ? b.size() : std::stoul(digits);
    }
};

TEST_P(Rsyncable, OnlyWhatIsNearAChangeChanges) {
    if (std::system("command -v rsync > /dev/null 2>&1") != 0) GTEST_SKIP() << "needs rsync";
    const std::string content = numbered(24 << 20);
    std::string changed = content;
    changed.insert(3'000'000, "something that was not there before");
    changed.erase(15'000'000, 1000);
    const std::string a = run({"-c", "--rsyncable"}, content).out;
    const std::string b = run({"-c", "--rsyncable"}, changed).out;
    EXPECT_EQ(run({"-dc"}, a).out, content);
    EXPECT_EQ(run({"-dc"}, b).out, changed);
    std::vector<std::string> other = GetParam().threads;
    other.insert(other.end(), {"-c", "--rsyncable"});
    EXPECT_EQ(run(other, content).out, a);
    const std::size_t plain = run({"-c"}, content).out.size();
    EXPECT_LT(a.size(), plain + plain / 20);
    EXPECT_LT(not_found(a, b), GetParam().change);
    // Without it all behind the first change is new.
    EXPECT_GT(not_found(run({"-c"}, content).out, run({"-c"}, changed).out), plain / 2);
}

TEST_P(Rsyncable, SmallAndEmptyInputs) {
    for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 40'000u, 140'000u, 3'000'000u}) {
        const std::string content = numbered(size).substr(0, size);
        EXPECT_EQ(run({"-dc"}, run({"-c", "--rsyncable"}, content).out).out, content) << size;
    }
    const std::string zeros(20 << 20, '\0');  // no place to cut
    EXPECT_EQ(run({"-dc"}, run({"-c", "--rsyncable"}, zeros).out).out, zeros);
}

INSTANTIATE_TEST_SUITE_P(, Rsyncable,
                         testing::Values(Filter{"gzip", {"-p1"}, 400'000},
                                         Filter{"zstd", {"-T3"}, 4'500'000}),
                         [](const auto& param) { return std::string(param.param.command); });

}  // namespace
}  // namespace holt::test
