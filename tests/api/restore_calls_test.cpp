// Proves: what a restore costs the kernel. For each folder one mkdirat and one open, for each file
// one open and one write, both their mode and time, and not one stat; by hard link for each file
// one open, stat, look at attributes, read and link, and nothing is written. A store that remembers
// the folder adds one fstat each. Trees of two sizes are restored, and their difference is counted.
#include <array>

#include "fs/fault.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

using fs::Call;

class RestoreCalls : public StoreTest {
  protected:
    static constexpr std::uint64_t kSmall = 4, kLarge = 44, kFilesPerFolder = 5;
    static constexpr std::uint64_t kFolders = kLarge - kSmall;
    static constexpr std::uint64_t kFiles = kFolders * kFilesPerFolder;

    void SetUp() override {
        for (const std::uint64_t folders : {kSmall, kLarge}) {
            const auto tree = source_ / name_of(folders);
            for (std::uint64_t folder = 0; folder < folders; ++folder)
                for (std::uint64_t file = 0; file < kFilesPerFolder; ++file)
                    write_file(tree / std::to_string(folder) / std::to_string(file),
                               code_like(600, static_cast<unsigned>(folder * 100 + file)));
        }
        snapshot({.name = "s"});
    }
    static std::string name_of(std::uint64_t folders) {
        return "folders-" + std::to_string(folders);
    }

    /// How many calls of each kind the larger tree took more.
    std::array<std::uint64_t, fs::kCallKinds> difference(const RestoreOptions& options,
                                                         Access access) {
        Store store = *Store::open((dir_ / "store").string(), {.access = access});
        std::array<std::uint64_t, fs::kCallKinds> calls{};
        for (const std::uint64_t folders : {kSmall, kLarge}) {
            const fs::ScopedFaultPlan plan;
            EXPECT_TRUE(
                store.restore("s:" + name_of(folders), (dir_ / "out").string(), options, notes_));
            for (std::size_t kind = 1; kind < fs::kCallKinds; ++kind) {
                const std::uint64_t made = plan.calls(static_cast<Call>(kind));
                calls[kind] = folders == kSmall ? made : made - calls[kind];
            }
            std::filesystem::remove_all(dir_ / "out");
        }
        return calls;
    }
};

TEST_F(RestoreCalls, ByCopy) {
    const auto calls = difference({.link = LinkMode::copy}, Access::read_only);
    const auto of = [&](Call call) { return calls[static_cast<std::size_t>(call)]; };
    EXPECT_EQ(of(Call::mkdir), kFolders);
    EXPECT_EQ(of(Call::open), kFolders + kFiles);
    EXPECT_EQ(of(Call::pwrite), kFiles);
    EXPECT_EQ(of(Call::chmod), kFolders + kFiles);
    EXPECT_EQ(of(Call::utimens), kFolders + kFiles);
    for (const Call none :
         {Call::stat, Call::getdents, Call::rename, Call::link, Call::unlink, Call::chown,
          Call::getxattr, Call::setxattr, Call::truncate, Call::allocate, Call::fsync, Call::lock})
        EXPECT_EQ(of(none), 0u) << fs::name(none);
}

TEST_F(RestoreCalls, ToRememberTheFolder) {
    const auto calls = difference({.link = LinkMode::copy}, Access::read_write);
    const auto of = [&](Call call) { return calls[static_cast<std::size_t>(call)]; };
    EXPECT_GE(of(Call::stat), kFolders + kFiles);
    EXPECT_LE(of(Call::stat), kFolders + kFiles + 8) << "the catalog's own, besides";
    EXPECT_LE(of(Call::open), kFolders + kFiles + 8);
    EXPECT_EQ(of(Call::getdents), 0u);
}

TEST_F(RestoreCalls, ByHardLinkFromAFilledPool) {
    difference({.link = LinkMode::hardlink}, Access::read_write);
    const auto calls = difference({.link = LinkMode::hardlink}, Access::read_only);
    const auto of = [&](Call call) { return calls[static_cast<std::size_t>(call)]; };
    EXPECT_EQ(of(Call::mkdir), kFolders);
    EXPECT_EQ(of(Call::link), kFiles);
    EXPECT_EQ(of(Call::stat), kFiles);
    EXPECT_EQ(of(Call::getxattr), kFiles);
    EXPECT_EQ(of(Call::chmod), kFolders);
    EXPECT_EQ(of(Call::utimens), kFolders);
    // The pool's own folders are opened once each, at most 256.
    EXPECT_GE(of(Call::open), kFolders + kFiles);
    EXPECT_LE(of(Call::open), kFolders + kFiles + 256);
    // A read for each file, and the few blocks that the trees are in.
    EXPECT_GE(of(Call::pread), kFiles);
    EXPECT_LE(of(Call::pread), kFiles + 4);
    for (const Call none : {Call::pwrite, Call::write, Call::getdents, Call::rename, Call::unlink,
                            Call::chown, Call::setxattr, Call::truncate, Call::fsync})
        EXPECT_EQ(of(none), 0u) << fs::name(none);
}

}  // namespace
}  // namespace holt::test
