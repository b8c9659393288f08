// A store and a .holt file of the present format, checked in as golden/store.tar.gz and
// golden/archive.holt: they are opened, verified, restored and imported, and give the tree that
// golden/listing tells. HOLT_ACCEPT_GOLDEN=1 makes all three anew.
#include <holt/archive.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>

#include "support/golden.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

class GoldenStore : public StoreTest {
  protected:
    GoldenStore() {
        ::umask(022);
        make_source();
        if (accepting_golden()) accept();
        std::filesystem::create_directory(dir_ / "golden");
        run("tar xzf " + golden_path("store.tar.gz").string() + " -C " + golden_folder());
    }

    std::string golden_folder() const { return (dir_ / "golden").string(); }

    static void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0); }

    /// A file of every kind that an ordinary user can make, of fixed content and times.
    void make_source() {
        write_file(source_ / "bin/run", "#!/bin/sh\necho golden\n");
        std::filesystem::permissions(source_ / "bin/run", std::filesystem::perms(0755));
        write_file(source_ / "empty", "");
        write_file(source_ / "lib/text.py", code_like(40'000, 1));
        write_file(source_ / "lib/noise", random_bytes(3'000, 2));
        std::filesystem::create_symlink("../bin/run", source_ / "lib/link");
        std::filesystem::create_hard_link(source_ / "bin/run", source_ / "lib/second name");
        ASSERT_EQ(::mkfifo((source_ / "pipe").c_str(), 0600), 0);
        for (const char* name : {"bin/run", "empty", "lib/text.py", "lib/noise", "lib/link", "pipe",
                                 "lib", "bin", "."}) {
            const timespec times[2] = {{1, 2}, {-1'000'000'000, 123'456'789}};
            ASSERT_EQ(::utimensat(AT_FDCWD, (source_ / name).c_str(), times, AT_SYMLINK_NOFOLLOW),
                      0);
        }
    }

    void accept() {
        SnapshotOptions options;
        options.name = "golden";
        options.key = "key of gold";
        options.tags = {{"tag", "value"}};
        snapshot(options);
        ASSERT_TRUE(store_.export_to({"golden"}, {.path = golden_path("archive.holt").string()},
                                     {.overwrite = true}, notes_));
        std::ofstream(golden_path("listing"), std::ios::binary) << listing(store_);
        run("tar czf " + golden_path("store.tar.gz").string() +
            " --owner=0 --group=0 --exclude=store/reserve -C " + dir_.path().string() + " store");
    }

    /// What the snapshot "golden" holds, a line for each entry. Owners are those of whoever made
    /// it.
    static std::string listing(Store& store) {
        std::string out;
        const auto line = [&](const EntryInfo& entry) {
            out += fmt::format("{} {:04o} {} {}.{:09} {} '{}'{}\n", name(entry.kind), entry.mode,
                               entry.size, entry.mtime.seconds, entry.mtime.nanoseconds,
                               entry.digest ? entry.digest->hex() : "", entry.path,
                               entry.symlink_target.empty() ? "" : " -> " + entry.symlink_target);
        };
        const Status listed = store.ls("golden", "", {.recursive = true}, line);
        EXPECT_TRUE(listed) << listed.error().message();
        return out;
    }

    static std::string golden_listing() { return read_file(golden_path("listing")); }
};

TEST_F(GoldenStore, OpensVerifiesAndRestores) {
    auto golden = Store::open(golden_folder() + "/store", {});
    ASSERT_TRUE(golden) << golden.error().message();
    const auto list = golden->list();
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 1u);
    EXPECT_EQ((*list)[0].key, "key of gold");
    EXPECT_EQ((*list)[0].tags, (Tags{{"tag", "value"}}));
    EXPECT_EQ(listing(*golden), golden_listing());

    const auto verified = golden->verify({}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->damage.empty());
    RestoreOptions options;
    options.owner.who = OwnerChoice::Who::caller;
    const auto restored = golden->restore("golden", (dir_ / "out").string(), options, notes_);
    ASSERT_TRUE(restored) << restored.error().message();
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(GoldenStore, ArchiveIsImported) {
    const auto imported = store_.import_from({.path = golden_path("archive.holt").string()},
                                             {.special_files = true}, notes_);
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(listing(store_), golden_listing());
}

}  // namespace
}  // namespace holt::test
