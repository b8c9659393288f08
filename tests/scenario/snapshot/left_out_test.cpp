// A snapshot that lacks something (it could not be read) is recorded as such: nothing at or below
// what it lacks is removed, changed or called equal, and every operation on it says so.
#include <fcntl.h>
#include <sys/stat.h>
#include <holt/archive.hpp>

#include <algorithm>
#include <filesystem>

#include "scenario/faults/fault_world.h"
#include "support/child.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class LeftOut : public FaultWorld {
  protected:
    // As an ordinary user: a tree with an unreadable folder, an unreadable empty folder and an
    // unreadable file, snapshotted as "part".
    void with_part(const std::function<void(Store&)>& body) {
        if (ran_in_fresh_process()) return;
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
        clear();
        stdfs::create_directory(home_);
        ASSERT_EQ(::chmod(home_.c_str(), 0777), 0);
        const int end = as_user([&] {
            write_file(tree_ / "closed" / "kept", "kept");
            write_file(tree_ / "closed" / "deep" / "kept", "deep");
            stdfs::create_directory(tree_ / "empty");
            write_file(tree_ / "secret", "secret");
            write_file(tree_ / "open" / "file", "file");
            ASSERT_EQ(::chmod((tree_ / "closed").c_str(), 0), 0);
            ASSERT_EQ(::chmod((tree_ / "empty").c_str(), 0), 0);
            ASSERT_EQ(::chmod((tree_ / "secret").c_str(), 0), 0);
            auto store = Store::init((home_ / "store").string());
            ASSERT_TRUE(store) << store.error().message();
            const auto taken = store->snapshot(tree_.string(), {.name = "part"}, notes_);
            ASSERT_TRUE(taken) << taken.error().message();
            EXPECT_EQ(taken->left_out, 3u);
            EXPECT_EQ(taken->snapshot.left_out, 3u);
            notes_.notes.clear();
            body(*store);
            for (const char* name : {"tree", "out"})
                for (const char* below : {"closed", "empty", "secret"})
                    ::chmod((home_ / name / below).c_str(), 0700);
        });
        EXPECT_EQ(end, 0);
    }

    void open_up(const stdfs::path& root) {
        for (const char* below : {"closed", "empty", "secret"})
            ASSERT_EQ(::chmod((root / below).c_str(), 0700), 0) << below;
    }
    std::vector<std::string> left_out_paths() {
        std::vector<std::string> paths;
        for (const auto& [severity, about] : notes_.notes)
            if (severity == Severity::left_out) paths.push_back(about.object);
        std::ranges::sort(paths);
        return paths;
    }
    std::vector<std::string> all_left_out() { return {"closed", "empty", "secret"}; }

    stdfs::path home_ = dir_ / "home", tree_ = home_ / "tree";
};

TEST_F(LeftOut, RestoringIntoTheSourceRemovesNothingThatCouldNotBeRead) {
    with_part([&](Store& store) {
        write_file(tree_ / "open" / "extra", "extra");
        const auto report =
            store.restore("part", tree_.string(), {.force = true, .remove_extra = true}, notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->left_out, 3u);
        EXPECT_EQ(report->removed, 1u);  // open/extra
        EXPECT_EQ(left_out_paths(), all_left_out());
        open_up(tree_);
        EXPECT_EQ(read_file(tree_ / "closed" / "kept"), "kept");
        EXPECT_EQ(read_file(tree_ / "closed" / "deep" / "kept"), "deep");
        EXPECT_EQ(read_file(tree_ / "secret"), "secret");
        EXPECT_FALSE(stdfs::exists(tree_ / "open" / "extra"));
    });
}

// The same with the folder readable by now, and for each way over what stands there.
TEST_F(LeftOut, WhatStandsAtSuchAPathIsLeftAloneByEveryRestore) {
    with_part([&](Store& store) {
        open_up(tree_);
        for (const RestoreOptions& options :
             {RestoreOptions{.force = true, .remove_extra = true}, RestoreOptions{.force = true},
              RestoreOptions{.force = true, .remove_extra = true, .paranoid = true}}) {
            const auto report = store.restore("part", tree_.string(), options, notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->left_out, 3u);
            EXPECT_EQ(read_file(tree_ / "closed" / "kept"), "kept");
            EXPECT_EQ(read_file(tree_ / "secret"), "secret");
            struct stat st = {};
            ASSERT_EQ(::stat((tree_ / "closed").c_str(), &st), 0);
            EXPECT_EQ(st.st_mode & 07777, 0700u);
        }
    });
}

// Another kind at such a path stays too, and a new folder gets the folders that are known, empty.
TEST_F(LeftOut, ANewFolderHasTheFoldersThatWereSeen) {
    with_part([&](Store& store) {
        const stdfs::path out = home_ / "out";
        const auto made = store.restore("part", out.string(), {}, notes_);
        ASSERT_TRUE(made) << made.error().message();
        EXPECT_EQ(made->left_out, 3u);
        struct stat st = {};
        ASSERT_EQ(::lstat((out / "closed").c_str(), &st), 0);
        EXPECT_TRUE(S_ISDIR(st.st_mode));
        EXPECT_EQ(st.st_mode & 07777, 0u);
        ASSERT_EQ(::lstat((out / "empty").c_str(), &st), 0);
        EXPECT_EQ(st.st_mode & 07777, 0u);
        EXPECT_NE(::lstat((out / "secret").c_str(), &st), 0);
        // Into the space: what came to stand there is nobody's to remove.
        ASSERT_EQ(::chmod((out / "closed").c_str(), 0700), 0);
        write_file(out / "closed" / "mine", "mine");
        stdfs::create_directory(out / "secret");
        write_file(out / "secret" / "mine", "mine");
        const auto again = store.restore("part", out.string(), {}, notes_);
        ASSERT_TRUE(again) << again.error().message();
        EXPECT_EQ(again->removed, 0u);
        EXPECT_EQ(again->left_out, 3u);
        EXPECT_EQ(read_file(out / "closed" / "mine"), "mine");
        EXPECT_EQ(read_file(out / "secret" / "mine"), "mine");
    });
}

TEST_F(LeftOut, ReplacingAFolderWholeIsRefused) {
    with_part([&](Store& store) {
        const auto report = store.restore(
            "part", tree_.string(), {.force = true, .remove_extra = true, .atomic = true}, notes_);
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input);
        open_up(tree_);
        EXPECT_EQ(read_file(tree_ / "closed" / "kept"), "kept");
    });
}

TEST_F(LeftOut, ItNeverCountsAsEqual) {
    with_part([&](Store& store) {
        const auto ignore = [](const DiffEntry& entry) { ADD_FAILURE() << entry.path; };
        const auto itself = store.diff("part", "part", {}, ignore, notes_);
        ASSERT_TRUE(itself) << itself.error().message();
        EXPECT_FALSE(itself->differs());
        EXPECT_EQ(itself->left_out, 3u);
        EXPECT_EQ(left_out_paths(), all_left_out());
        notes_.notes.clear();
        const auto on_disk = store.diff("part", tree_.string(), {}, ignore, notes_);
        ASSERT_TRUE(on_disk) << on_disk.error().message();
        EXPECT_EQ(on_disk->left_out, 3u);
        notes_.notes.clear();
        const auto verified =
            store.verify_folder(tree_.string(), {.against = "part"}, ignore, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        EXPECT_EQ(verified->left_out, 3u);
        EXPECT_EQ(left_out_paths(), all_left_out());
        notes_.notes.clear();
        const auto checked = store.verify({}, {}, notes_);
        ASSERT_TRUE(checked) << checked.error().message();
        EXPECT_TRUE(checked->damage.empty());
        EXPECT_EQ(notes_.count(Severity::info), 1u);
    });
}

// Once it can be read it is added, and what is known of it is what was seen then.
TEST_F(LeftOut, AWholeSnapshotAfterIsComparedWithWhatIsKnown) {
    with_part([&](Store& store) {
        open_up(tree_);
        const auto whole = store.snapshot(tree_.string(), {.name = "whole"}, notes_);
        ASSERT_TRUE(whole) << whole.error().message();
        EXPECT_EQ(whole->left_out, 0u);
        std::vector<std::string> seen;
        const auto report = store.diff(
            "part", "whole", {}, [&](const DiffEntry& entry) { seen.push_back(entry.path); },
            notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(seen, std::vector<std::string>{});
        EXPECT_EQ(report->left_out, 3u);
        // And the whole one into what was restored from the part.
        const stdfs::path out = home_ / "out";
        ASSERT_TRUE(store.restore("part", out.string(), {}, notes_));
        for (const char* folder : {"closed", "empty"})
            ASSERT_EQ(::chmod((out / folder).c_str(), 0700), 0);
        const auto mended = store.restore("whole", out.string(), {}, notes_);
        ASSERT_TRUE(mended) << mended.error().message();
        EXPECT_EQ(mended->left_out, 0u);
        EXPECT_EQ(tree_differences(tree_, out), std::vector<std::string>{});
    });
}

// A folder that was made of it has what it has: diff says of that what verify says.
TEST_F(LeftOut, AFolderThatWasMadeOfItDoesNotDiffer) {
    with_part([&](Store& store) {
        const stdfs::path out = home_ / "out";
        ASSERT_TRUE(store.restore("part", out.string(), {}, notes_));
        const auto ignore = [](const DiffEntry& entry) { ADD_FAILURE() << entry.path; };
        for (const bool swapped : {false, true}) {
            notes_.notes.clear();
            const auto report = swapped ? store.diff(out.string(), "part", {}, ignore, notes_)
                                        : store.diff("part", out.string(), {}, ignore, notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_FALSE(report->differs());
            EXPECT_EQ(left_out_paths(), all_left_out());
        }
        notes_.notes.clear();
        const auto verified = store.verify_folder(out.string(), {}, ignore, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        EXPECT_EQ(left_out_paths(), all_left_out());
    });
}

TEST_F(LeftOut, ListingSaysWhatAndWhy) {
    with_part([&](Store& store) {
        std::vector<std::string> lacking;
        ASSERT_TRUE(store.ls("part", "", {.recursive = true}, [&](const EntryInfo& entry) {
            if (!entry.left_out.empty()) lacking.push_back(entry.path + ": " + entry.left_out);
        }));
        EXPECT_EQ(lacking,
                  (std::vector<std::string>{"closed: permission denied", "empty: permission denied",
                                            "secret: permission denied"}));
        const auto ignore = [](std::string_view) -> Status { return {}; };
        const auto content = store.cat("part", "secret", ignore);
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().kind, ErrorKind::partial);
        const auto below = store.cat("part", "closed/kept", ignore);
        ASSERT_FALSE(below);
        EXPECT_EQ(below.error().kind, ErrorKind::partial);
        const auto folder = store.restore("part:closed", (home_ / "x").string(), {}, notes_);
        ASSERT_FALSE(folder);
        EXPECT_EQ(folder.error().kind, ErrorKind::partial);
    });
}

TEST_F(LeftOut, AnExportTellsWhatItLacks) {
    with_part([&](Store& store) {
        for (const char* name : {"part.tar", "part.zip"}) {
            notes_.notes.clear();
            const auto report =
                store.export_to({"part"}, {.path = (home_ / name).string()}, {}, notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->left_out, 3u) << name;
            EXPECT_EQ(left_out_paths(), all_left_out()) << name;
            EXPECT_EQ(report->folders, 4u) << name;  // closed and empty, empty
        }
        // A .holt file has what the store has.
        const std::string file = (home_ / "part.holt").string();
        ASSERT_TRUE(store.export_to({"part"}, {.path = file}, {}, notes_));
        auto other = Store::init((home_ / "other").string());
        ASSERT_TRUE(other);
        const auto imported = other->import_from({.path = file}, {}, notes_);
        ASSERT_TRUE(imported) << imported.error().message();
        const auto restored = other->restore("part", (home_ / "out").string(), {}, notes_);
        ASSERT_TRUE(restored) << restored.error().message();
        EXPECT_EQ(restored->left_out, 3u);
    });
}

}  // namespace
}  // namespace holt::test
