// Proves: a tree that was taken relocatable names, wherever it is restored, the path it stands at;
// at its own path, and in every reading of the snapshot, its files are the original's to the byte.
#include "scenario/relocation/relocation_world.h"

#include <holt/archive.hpp>

#include <fstream>

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Relocation : public RelocationTest {
  protected:
    void make_tree() {
        write_file(source_ / "etc" / "conf", "home=" + old() + "/lib\nend=" + old() + "\n");
        write_file(source_ / "bin" / "run", "#!" + old() + "/bin/python3\nprint(1)\n");
        write_file(source_ / "lib" / "data",
                   std::string("\0\1", 2) + old() + "/x" + std::string(1, '\0'));
        write_file(source_ / "lib" / "plain", "nothing of it\n");
        write_file(source_ / "lib" / "near", old() + "s " + old() + "2 x" + old() + "\n");
        stdfs::create_symlink(old() + "/lib/plain", source_ / "link");
    }
};

TEST_F(Relocation, AtItsOwnPathTheBytesAreTheOriginals) {
    make_tree();
    take("env");
    const stdfs::path kept = dir_ / "kept";
    stdfs::rename(source_, kept);
    const auto report = try_restore("env", source_);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_FALSE(report->relocated);
    expect_same_tree(kept, source_);
    expect_verified(source_);
}

TEST_F(Relocation, AShorterPathIsFilledAndALengthStays) {
    make_tree();
    take("env");
    const stdfs::path to = beside(-2);
    ASSERT_TRUE(try_restore("env", to));
    const std::string filled = to.string() + "//";
    EXPECT_EQ(read_file(to / "etc" / "conf"), "home=" + filled + "/lib\nend=" + filled + "\n");
    EXPECT_EQ(read_file(to / "bin" / "run"), "#!" + filled + "/bin/python3\nprint(1)\n");
    EXPECT_EQ(read_file(to / "lib" / "data"),
              std::string("\0\1", 2) + filled + "/x" + std::string(1, '\0'));
    EXPECT_EQ(read_file(to / "lib" / "near"), read_file(source_ / "lib" / "near"));
    EXPECT_EQ(stdfs::read_symlink(to / "link"), to / "lib/plain");
    expect_verified(to);
}

TEST_F(Relocation, WhatCannotBecomeLongerIsNamedBeforeAnythingIsWritten) {
    make_tree();
    take("env");
    const stdfs::path to = beside(10);
    const auto report = try_restore("env", to);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input);
    EXPECT_EQ(report.error().object, "lib/data");
    EXPECT_FALSE(stdfs::exists(to));
    ASSERT_EQ(notes_.count(Severity::warning), 1u);

    ASSERT_TRUE(try_restore("env", to, {.leave = {"lib/data"}}));
    EXPECT_EQ(read_file(to / "lib" / "data"), read_file(source_ / "lib" / "data"));
    EXPECT_EQ(read_file(to / "etc" / "conf"),
              "home=" + to.string() + "/lib\nend=" + to.string() + "\n");
    expect_verified(to);
}

// As much as is written then.
TEST_F(Relocation, ADryRunCountsTheMovedFiles) {
    make_tree();
    take("env");
    for (const int more : {-2, 10}) {
        RestoreOptions options{.dry_run = true, .leave = {"lib/data"}};
        const stdfs::path to = beside(more);
        const auto planned = try_restore("env", to, options);
        ASSERT_TRUE(planned);
        EXPECT_TRUE(planned->relocated);
        options.dry_run = false;
        const auto done = try_restore("env", to, options);
        ASSERT_TRUE(done);
        EXPECT_EQ(planned->bytes, done->bytes);
    }
}

TEST_F(Relocation, APathOf255BytesAndOneWithASpaceWork) {
    write_file(source_ / "bin" / "run",
               "#!" + stdfs::path("/usr/bin/env").string() + " sh\necho " + old() + "\n");
    write_file(source_ / "conf", old() + "/x\n");
    take("env");
    const stdfs::path longer = beside(255 - static_cast<int>(old().size()));
    ASSERT_EQ(longer.string().size(), 255u);
    ASSERT_TRUE(try_restore("env", longer));
    EXPECT_EQ(read_file(longer / "conf"), longer.string() + "/x\n");
    expect_verified(longer);
    const stdfs::path spaced = dir_ / "my own environment";
    ASSERT_TRUE(try_restore("env", spaced));
    EXPECT_EQ(read_file(spaced / "conf"), spaced.string() + "/x\n");
    expect_verified(spaced);
}

TEST_F(Relocation, APathWithANewlineIsRefused) {
    make_tree();
    take("env");
    const auto report = try_restore("env", dir_ / "new\nline");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input);
    EXPECT_TRUE(try_restore("env", dir_ / "new\nline", {.relocate = false}));
}

TEST_F(Relocation, TwiceElsewhereAndFromAnyState) {
    make_tree();
    take("env");
    const stdfs::path to = beside(-1);
    ASSERT_TRUE(try_restore("env", to));
    const std::string conf = read_file(to / "etc" / "conf");
    ASSERT_TRUE(try_restore("env", to));
    EXPECT_EQ(read_file(to / "etc" / "conf"), conf);
    write_file(to / "etc" / "conf", "spoilt");
    stdfs::remove(to / "lib" / "data");
    ASSERT_TRUE(try_restore("env", to));
    EXPECT_EQ(read_file(to / "etc" / "conf"), conf);
    expect_verified(to);
    // Moved by hand, it still names the old place; a restore mends that.
    const stdfs::path third = dir_ / "t";
    stdfs::rename(to, third);
    ASSERT_TRUE(try_restore("env", third));
    EXPECT_NE(read_file(third / "etc" / "conf").find(third.string() + "/"), std::string::npos);
    expect_verified(third);
    // And as it was, in the same folder.
    ASSERT_TRUE(try_restore("env", third, {.relocate = false}));
    EXPECT_EQ(read_file(third / "etc" / "conf"), read_file(source_ / "etc" / "conf"));
}

TEST_F(Relocation, AChangedPlaceIsFoundByVerify) {
    make_tree();
    take("env");
    const stdfs::path to = beside(-1);
    ASSERT_TRUE(try_restore("env", to));
    std::string conf = read_file(to / "etc" / "conf");
    conf[conf.find("dd")] = 'x';
    write_file(to / "etc" / "conf", conf);
    std::vector<std::string> found;
    const auto report = store_.verify_folder(
        to.string(), {}, [&](const DiffEntry& entry) { found.push_back(entry.path); }, notes_);
    ASSERT_TRUE(report);
    EXPECT_EQ(found, std::vector<std::string>{"etc/conf"});
}

TEST_F(Relocation, ReadingTheSnapshotGivesTheOriginals) {
    make_tree();
    take("env");
    std::string conf;
    ASSERT_TRUE(store_.cat("env", "etc/conf", [&](std::string_view part) -> Status {
        conf += part;
        return {};
    }));
    EXPECT_EQ(conf, read_file(source_ / "etc" / "conf"));
    const auto same = store_.diff(
        "env", old(), {}, [](const DiffEntry&) {}, notes_);
    ASSERT_TRUE(same);
    EXPECT_FALSE(same->differs());
    snapshot({.name = "plain", .read_all = true});
    const auto plain = store_.diff(
        "env", "plain", {}, [](const DiffEntry&) {}, notes_);
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->differs());
    notes_.notes.clear();
    restore("env:lib", "part");  // a part is as it was, and that is told
    EXPECT_EQ(notes_.count(Severity::info), 1u);
    EXPECT_EQ(read_file(dir_ / "part" / "data"), read_file(source_ / "lib" / "data"));
}

TEST_F(Relocation, LinksOfASecondRestoreAtTheSamePathShareThePoolsFiles) {
    make_tree();
    take("env");
    const stdfs::path to = beside(-1);
    ASSERT_TRUE(try_restore("env", to, {.link = LinkMode::hardlink}));
    const std::string conf = read_file(to / "etc" / "conf");
    stdfs::remove_all(to);
    const auto again = try_restore("env", to, {.link = LinkMode::hardlink});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->files_linked, again->files);
    EXPECT_EQ(stdfs::hard_link_count(to / "etc" / "conf"), 2u);
    EXPECT_EQ(read_file(to / "etc" / "conf"), conf);
    expect_verified(to);
    // At another path it is another file.
    const stdfs::path other = beside(-2);
    ASSERT_TRUE(try_restore("env", other, {.link = LinkMode::hardlink}));
    EXPECT_NE(read_file(other / "etc" / "conf"), conf);
    expect_verified(other);
}

// What a file becomes is noted in the pool, so that it is not made again to be asked for. A note is
// a hint that anyone may have written: one that is wrong gives no file.
TEST_F(Relocation, AWrongNoteOfAMovedFileIsFound) {
    for (const char* name : {"a", "b"}) {
        write_file(source_ / name, std::string(name) + "=" + old() + "/x\n");
        stdfs::last_write_time(source_ / name, stdfs::file_time_type{} - std::chrono::hours(24));
    }
    take("env");
    const stdfs::path to = beside(-1);
    ASSERT_TRUE(try_restore("env", to, {.link = LinkMode::hardlink}));
    const std::string a = read_file(to / "a"), b = read_file(to / "b");
    std::vector<stdfs::path> notes;
    for (const auto& entry : stdfs::recursive_directory_iterator(dir_ / "store" / "pool"))
        if (entry.is_symlink()) notes.push_back(entry.path());
    ASSERT_EQ(notes.size(), 2u);
    const stdfs::path first = stdfs::read_symlink(notes[0]), second = stdfs::read_symlink(notes[1]);
    for (const stdfs::path& note : notes) stdfs::remove(note);
    stdfs::create_symlink(second, notes[0]);
    stdfs::create_symlink(first, notes[1]);
    for (int i = 0; i < 3; ++i) {
        stdfs::remove_all(to);
        const auto again = try_restore("env", to, {.link = LinkMode::hardlink});
        ASSERT_TRUE(again);
        EXPECT_EQ(read_file(to / "a"), a);
        EXPECT_EQ(read_file(to / "b"), b);
        expect_verified(to);
        // The pool was right all the time, and in the end it is known again what they become.
        EXPECT_EQ(notes_.count(Severity::warning), 0u);
        EXPECT_EQ(again->files_linked, i == 0 ? again->files - 2 : again->files);
    }
}

// As root one can write into a file that trees share: told, and made anew, also when it was moved.
TEST_F(Relocation, AMovedFileOfThePoolThatWasChangedIsToldAndMadeAnew) {
    make_tree();
    take("env");
    const stdfs::path to = beside(-1);
    ASSERT_TRUE(try_restore("env", to, {.link = LinkMode::hardlink}));
    const std::string conf = read_file(to / "etc" / "conf");
    std::string changed = conf;
    changed.back() = '!';
    const auto time = stdfs::last_write_time(to / "etc" / "conf");
    const auto rights = stdfs::status(to / "etc" / "conf").permissions();
    stdfs::permissions(to / "etc" / "conf", stdfs::perms::owner_all);
    write_file(to / "etc" / "conf", changed);
    stdfs::permissions(to / "etc" / "conf", rights);
    stdfs::last_write_time(to / "etc" / "conf", time);
    stdfs::rename(to, dir_ / "elsewhere");
    ASSERT_TRUE(try_restore("env", to, {.link = LinkMode::hardlink}));
    EXPECT_EQ(read_file(to / "etc" / "conf"), conf);
    EXPECT_EQ(notes_.count(Severity::warning), 1u);
    expect_verified(to);
}

TEST_F(Relocation, ASnapshotOfAMovedFolderHasWhatStandsThere) {
    make_tree();
    take("env");
    const stdfs::path to = beside(-1);
    ASSERT_TRUE(try_restore("env", to));
    const auto report = store_.snapshot(to.string(), {.name = "moved"}, notes_);
    ASSERT_TRUE(report);
    std::string conf;
    ASSERT_TRUE(store_.cat("moved", "etc/conf", [&](std::string_view part) -> Status {
        conf += part;
        return {};
    }));
    EXPECT_EQ(conf, read_file(to / "etc" / "conf"));
}

TEST_F(Relocation, LargeFilesAreMovedAcrossTheEdgesOfTheirChunks) {
    std::string text;
    for (unsigned i = 0; text.size() < (std::size_t{9} << 20); ++i) {
        text += code_like(1000 + i % 77, i);
        text += " " + old() + "/lib/" + std::to_string(i) + "\n";
    }
    write_file(source_ / "large", text);
    take("env");
    const stdfs::path kept = dir_ / "kept";
    stdfs::rename(source_, kept);
    ASSERT_TRUE(try_restore("env", source_));
    EXPECT_EQ(read_file(source_ / "large"), text);
    for (const int more : {-2, 3, 13}) {
        const stdfs::path to = beside(more);
        ASSERT_TRUE(try_restore("env", to));
        std::string wanted = to.string();
        if (wanted.size() < old().size()) wanted.resize(old().size(), '/');
        std::string expected;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t next = std::min(text.find(old(), at), text.size());
            expected.append(text, at, next - at);
            if (next < text.size()) expected += wanted;
            at = next + old().size();
        }
        EXPECT_TRUE(read_file(to / "large") == expected);
        expect_verified(to);
    }
}

TEST_F(Relocation, TreesFromTwoPathsOfOneLengthShareWhatTheyStore) {
    make_tree();
    for (int i = 0; i < 50; ++i)
        write_file(source_ / ("f" + std::to_string(i)),
                   code_like(3000, 1) + old() + "/x" + random_bytes(2000, i));
    const SnapshotReport first = take("one");
    stdfs::path second = source_;
    second.replace_filename("sourcf");
    ASSERT_TRUE(try_restore("one", second));
    const auto report = store_.snapshot(second.string(), {.relocatable = true}, notes_);
    ASSERT_TRUE(report);
    EXPECT_GT(first.new_bytes, 100'000u);
    EXPECT_LT(report->new_bytes, 12'000u);  // the trees
}

TEST_F(Relocation, APrefixThatWouldMatchEverythingIsRefused) {
    const auto report =
        store_.snapshot("/", {.one_file_system = true, .relocatable = true}, notes_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace holt::test
