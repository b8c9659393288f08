// Proves: successive runs of `verify --subset` check all packs; so do runs that stop by the time;
// where the store may not be written to nothing is remembered and nothing fails.
#include <sys/stat.h>

#include "support/child.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class VerifyShare : public StoreTest {
  protected:
    // Each in a pack of its own.
    void take(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            write_file(source_ / "file", random_bytes(1000, i));
            snapshot();
        }
    }
    VerifyReport verify(const VerifyOptions& options) {
        const auto report = store_.verify({}, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : VerifyReport{};
    }
    // One byte of one pack, wherever it comes in the order.
    void damage_one() {
        for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store" / "packs")) {
            if (entry.path().extension() != ".pack") continue;
            ASSERT_EQ(::chmod(entry.path().c_str(), 0644), 0);
            std::string bytes = read_file(entry.path());
            bytes[40] = static_cast<char>(bytes[40] ^ 1);
            write_file(entry.path(), bytes);
            return;
        }
    }
};

TEST_F(VerifyShare, TenRunsOfATenthCheckAllPacksOnce) {
    take(20);
    damage_one();
    std::size_t found = 0;
    std::uint64_t packs = 0;
    for (int run = 0; run < 10; ++run) {
        const VerifyReport report = verify({.subset_percent = 10});
        EXPECT_EQ(report.packs, 2u);
        EXPECT_EQ(report.all_packs, 20u);
        packs += report.packs;
        found += report.damage.size();
    }
    EXPECT_EQ(packs, 20u);
    EXPECT_EQ(found, 1u) << "the damaged pack was seen once";
}

TEST_F(VerifyShare, RunsThatEndByTheTimeCheckAllPacksInTheEnd) {
    take(20);
    damage_one();
    std::size_t found = 0, runs = 0;
    std::uint64_t packs = 0;
    while (packs < 20 && runs < 20) {
        const VerifyReport report = verify({.max_time = std::chrono::milliseconds(0)});
        EXPECT_GT(report.packs, 0u) << "one at least, however short the time";
        EXPECT_EQ(report.out_of_time, report.packs < report.all_packs);
        packs += report.packs;
        found += report.damage.size();
        ++runs;
    }
    EXPECT_GT(runs, 1u);
    EXPECT_GE(found, 1u);
}

TEST_F(VerifyShare, AStoreThatMayNotBeWrittenToIsCheckedAndStaysAsItIs) {
    take(4);
    const stdfs::path store = dir_ / "store";
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
    const int ended = as_user([&] {
        NoteKeeper notes;
        auto opened = Store::open(store.string());
        ASSERT_TRUE(opened) << opened.error().message();
        const auto report = opened->verify({}, {.subset_percent = 50}, notes);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->packs, 2u);
    });
    EXPECT_EQ(ended, 0);
    if (root()) {
        EXPECT_FALSE(stdfs::exists(store / "verified"));
    }
}

}  // namespace
}  // namespace holt::test
