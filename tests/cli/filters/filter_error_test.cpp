// What both filters give before an error: all that stands in front of it, as zstd and gzip do, with
// the exit code of an error.
#include <gtest/gtest.h>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

class ZstdErrorTest : public FilterFixture {
  protected:
    ZstdErrorTest() : FilterFixture("zstd") {}
};
class GzipErrorTest : public FilterFixture {
  protected:
    GzipErrorTest() : FilterFixture("gzip") {}
};

TEST_F(ZstdErrorTest, AWholeFrameIsWrittenBeforeWhatIsNoFrame) {
    const std::string content = sample(3'100'000);
    const std::string packed = run({"-c"}, content).out;
    for (const std::string& behind :
         {std::string("garbage"), std::string(4096, '\0'), std::string(1, 'x')}) {
        const Finished ours = run({"-dc"}, packed + behind);
        EXPECT_NE(ours.code, 0);
        EXPECT_EQ(ours.out.size(), content.size());
        EXPECT_TRUE(ours.out == content);
        const auto theirs = other("zstd", {"-dcq"}, packed + behind);
        EXPECT_TRUE(!theirs || (theirs->code == 1 && theirs->out == content));
    }
}

TEST_F(ZstdErrorTest, WhatCameBeforeADamagedBlockIsWritten) {
    const std::string content = sample(3'000'000);
    std::string packed = run({"-c", "--no-check"}, content).out;
    // A run of ones is no entropy-coded block.
    packed.replace(packed.size() / 2, 4096, std::string(4096, '\xff'));
    const Finished ours = run({"-dc"}, packed);
    EXPECT_NE(ours.code, 0);
    EXPECT_GT(ours.out.size(), content.size() / 3);
    // zstd may be a block behind.
    const auto theirs = other("zstd", {"-dcq"}, packed);
    EXPECT_TRUE(!theirs || (theirs->code == 1 && ours.out.starts_with(theirs->out)));
    // A file that was not decoded whole is not left.
    make("bad.zst", packed);
    EXPECT_NE(run({"-dq", "bad.zst"}).code, 0);
    EXPECT_EQ(names(), (Names{"bad.zst"}));
}

TEST_F(GzipErrorTest, WhatCameBeforeDamageIsWritten) {
    const std::string content = sample(5'000'000);
    for (const char* layout : {"-6", "--blocks", "--bgzf"}) {
        const std::string packed = run({"-c", layout}, content).out;
        std::string damaged = packed;
        damaged.replace(packed.size() / 2, 300, std::string(300, '\xff'));
        for (const std::string& bad : {damaged, packed.substr(0, packed.size() / 2)}) {
            const Finished ours = run({"-dc"}, bad);
            EXPECT_EQ(ours.code, 1) << layout;
            EXPECT_GT(ours.out.size(), content.size() / 3) << layout;
            const auto theirs = other("gzip", {"-dc"}, bad);
            // gzip goes on behind matches that reach in front of a member.
            EXPECT_TRUE(!theirs || theirs->out.starts_with(ours.out)) << layout;
            EXPECT_TRUE(!theirs || bad == damaged || theirs->out == ours.out) << layout;
        }
        const Finished garbage = run({"-dc"}, packed + "garbage");
        EXPECT_EQ(garbage.code, 2) << layout;
        EXPECT_TRUE(garbage.out == content) << layout;
    }
}

}  // namespace
}  // namespace holt::test
