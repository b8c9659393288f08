// Archives that we write, read by GNU tar, bsdtar and us; archives that these write, read by us.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <holt/archive.hpp>

#include "base/endian.h"
#include "codec/zstd/decode/decompress.h"
#include "support/child.h"
#include "support/store_fixture.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

namespace fs = std::filesystem;

class Archive : public StoreTest {
  protected:
    // One of each: kinds, links, holes, long and odd names, times, attributes.
    void make_tree() {
        write_file(source_ / "a/b/file", code_like(3000, 1));
        write_file(source_ / "empty", "");
        write_file(source_ / "large", random_bytes(900'000, 2) + code_like(6 << 20, 3));
        write_file(source_ / "exact", std::string(1024, 'e'));
        fs::create_directories(source_ / "no files/below");
        fs::create_hard_link(source_ / "a/b/file", source_ / "a/z");
        fs::create_hard_link(source_ / "a/b/file", source_ / "second");
        fs::create_symlink("../nowhere", source_ / "a/link");
        fs::create_symlink(std::string(300, 't'), source_ / "long link");
        const std::string name(200, 'n');
        write_file(source_ / name / (name + "2") / name, "deep");
        write_file(source_ / name / "caf\xe9\xff", "not UTF-8, in a long path");
        write_file(source_ / "new\nline\\", "odd");
        ::mkfifo((source_ / "fifo").c_str(), 0640);
        make_sparse(source_ / "sparse", {1 << 20, 3 << 20}, 4 << 20);
        make_sparse(source_ / "ends in data", {2 << 20}, (2 << 20) + 4096);
        make_sparse(source_ / "all hole", {}, 1 << 20);
        ::setxattr((source_ / "exact").c_str(), "user.plain", "a\0b", 3, 0);
        set_time(source_ / "exact", 1234567890, 123456789);
        set_time(source_ / "empty", 0, 1);
        set_time(source_ / "a/link", 4'000'000'000, 5);
        set_time(source_ / "a", 1'000'000'000, 0);
        ::chmod((source_ / "exact").c_str(), 0604);
        ::chmod((source_ / "no files").c_str(), 0711);
    }
    static void make_sparse(const fs::path& path, std::vector<off_t> data, off_t size) {
        const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY, 0644);
        for (const off_t at : data) EXPECT_EQ(::pwrite(fd, "sparse data", 11, at), 11);
        EXPECT_EQ(::ftruncate(fd, size), 0);
        ::close(fd);
    }
    static void set_time(const fs::path& path, time_t seconds, long ns) {
        const struct timespec times[2] = {{seconds, ns}, {seconds, ns}};
        EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
    }
    static void copy_time(const fs::path& from, const fs::path& to) {
        struct stat st {};
        EXPECT_EQ(::stat(from.c_str(), &st), 0);
        set_time(to, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    }
    std::string path(const std::string& name) const { return (dir_ / name).string(); }

    ExportReport export_to(const std::string& snap, const std::string& name,
                           const ExportOptions& options = {}) {
        auto report = store_.export_to({snap}, {.path = path(name)}, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : ExportReport{};
    }
    std::string import(const std::string& name, ImportOptions options = {}) {
        options.special_files = options.special_modes = true;
        auto report = store_.import_from({.path = path(name)}, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? report->snapshots[0].id.hex() : "";
    }
    static bool has(const std::string& program) {
        return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
    }
    int shell(const std::string& command) const {
        return std::system(("cd '" + dir_.path().string() + "' && " + command + " 2>&1").c_str());
    }
};

TEST_F(Archive, GnuTarAndBsdtarReadWhatWeWrite) {
    make_tree();
    snapshot({.name = "s"});
    export_to("s", "x.tar");
    for (const std::string tar : {"tar", "bsdtar"}) {
        if (!has(tar)) continue;
        const std::string xattrs = tar == "tar" ? " --xattrs --xattrs-include='*'" : " --xattrs";
        ASSERT_EQ(shell("mkdir " + tar + " && " + tar + xattrs + " -xpf x.tar -C " + tar), 0);
        // bsdtar does not touch the folder that it extracts into.
        if (tar == "bsdtar") copy_time(source_, dir_ / tar);
        expect_same_tree(source_, dir_ / tar);
        struct stat st {};
        ASSERT_EQ(::stat(path(tar + "/sparse").c_str(), &st), 0);
        EXPECT_LT(st.st_blocks, 4 << 20 >> 9) << tar << " did not keep the holes";
    }
}

TEST_F(Archive, ExportOfAnImportOfAnExportIsTheSameBytes) {
    make_tree();
    snapshot({.name = "s"});
    for (const std::string name : {"x.tar", "x.tar.zst", "x.tar.gz"}) {
        export_to("s", name);
        const std::string id = import(name);
        export_to(id, "again-" + name);
        EXPECT_TRUE(read_file(dir_ / name) == read_file(dir_ / ("again-" + name))) << name;
        EXPECT_EQ(store_.find(id)->root, store_.find("s")->root) << name;
        fs::remove_all(dir_ / "out");
        restore(id, "out");
        expect_same_tree(source_, dir_ / "out");
    }
}

TEST_F(Archive, TheSameBytesForAnyNumberOfThreads) {
    make_tree();
    snapshot({.name = "s"});
    for (const std::string suffix : {".tar.zst", ".tar.gz"}) {
        export_to("s", "many" + suffix);
        tbb::task_arena one(1);
        one.execute([&] { export_to("s", "one" + suffix); });
        EXPECT_TRUE(read_file(dir_ / ("many" + suffix)) == read_file(dir_ / ("one" + suffix)));
    }
    export_to("s", "x.tar");
    EXPECT_EQ(shell("gzip -dc many.tar.gz | cmp - x.tar"), 0);
    // One member: some readers stop behind the first.
    EXPECT_EQ(shell("python3 -c 'import sys, zlib; d = zlib.decompressobj(31); "
                    "sys.stdout.buffer.write(d.decompress(sys.stdin.buffer.read())); "
                    "sys.exit(not d.eof or len(d.unused_data) > 0)' <many.tar.gz >by-zlib && "
                    "cmp by-zlib x.tar"),
              0);
}

// zstd's seekable format: each frame, found by the table alone, is its part of the tar.
TEST_F(Archive, TarZstCanBeSoughtIn) {
    make_tree();
    snapshot({.name = "s"});
    export_to("s", "x.tar");
    export_to("s", "x.tar.zst");
    const std::string tar = read_file(dir_ / "x.tar"), packed = read_file(dir_ / "x.tar.zst");
    const auto u32 = [&](std::size_t at) { return load_le<std::uint32_t>(packed.data() + at); };
    ASSERT_EQ(u32(packed.size() - 4), 0x8F92EAB1u);
    const std::size_t frames = u32(packed.size() - 9);
    ASSERT_GE(frames, 2u);
    const std::size_t table = packed.size() - 9 - 8 * frames;
    EXPECT_EQ(u32(table - 8), 0x184D2A5Eu);
    EXPECT_EQ(u32(table - 4), 8 * frames + 9);
    std::size_t from = 0, to = 0;
    zstd::Decompressor decompressor;
    for (std::size_t i = 0; i < frames; ++i) {
        const std::size_t stored = u32(table + 8 * i), raw = u32(table + 8 * i + 4);
        Bytes out(raw);
        const auto size =
            decompressor.decompress(as_bytes(std::string_view(packed).substr(from, stored)), out);
        ASSERT_TRUE(size && *size == raw);
        EXPECT_TRUE(as_text(out) == std::string_view(tar).substr(to, raw));
        from += stored;
        to += raw;
    }
    EXPECT_EQ(to, tar.size());
    EXPECT_EQ(from, table - 8);
}

TEST_F(Archive, ImportsWhatGnuTarAndBsdtarWrite) {
    make_tree();
    fs::remove(source_ / "fifo");
    std::vector<std::string> makes = {"tar --format=posix --xattrs -S -cf",
                                      "tar --format=gnu -S -cf",
                                      "tar --format=posix --sparse --sparse-version=0.0 -cf",
                                      "tar --format=posix --sparse --sparse-version=0.1 -cf"};
    if (has("bsdtar")) makes.push_back("bsdtar --format pax -cf");
    for (const std::string& make : makes) {
        ASSERT_EQ(shell(make + " x.tar -C source ."), 0) << make;
        const std::string id = import("x.tar");
        fs::remove_all(dir_ / "out");
        restore(id, "out");
        // Times to the second, and no attributes, are what the gnu format has.
        if (make.find("gnu") != make.npos || make.find("version") != make.npos)
            ASSERT_EQ(shell("diff -r --no-dereference source out"), 0) << make;
        else
            expect_same_tree(source_, dir_ / "out");
    }
}

TEST_F(Archive, ThroughPipes) {
    make_tree();
    snapshot({.name = "s"});
    export_to("s", "x.tar.zst");
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = start_child([&] {
        ::close(ends[0]);
        const std::string bytes = read_file(dir_ / "x.tar.zst");
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t n =
                ::write(ends[1], bytes.data() + at, std::min<std::size_t>(7777, bytes.size() - at));
            if (n <= 0) break;
            at += static_cast<std::size_t>(n);
        }
    });
    ::close(ends[1]);
    auto report =
        store_.import_from({.path = "pipe", .fd = ends[0]}, {.special_files = true}, notes_);
    ::close(ends[0]);
    EXPECT_EQ(end_of(child), 0);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->snapshots[0].root, store_.find("s")->root);
}

TEST_F(Archive, APartOfASnapshotWithItsHardLinks) {
    make_tree();
    snapshot({.name = "s"});
    export_to("s:a", "a.tar");
    const std::string id = import("a.tar");
    restore(id, "out");
    restore("s:a", "expected");
    expect_same_tree(dir_ / "expected", dir_ / "out");
}

TEST_F(Archive, FoldersThatAreNotInTheArchiveAndAnyOrder) {
    const std::string tar = tar_entry({.name = "z/y/x"}, "1") + tar_entry({.name = "a"}, "2") +
                            folder("z") + hard_link("b/c", "z/y/x") + tar_end();
    write_file(dir_ / "x.tar", tar);
    const std::string id = import("x.tar");
    std::vector<std::string> seen;
    EXPECT_TRUE(store_.ls(id, "", {.recursive = true}, [&](const EntryInfo& entry) {
        seen.push_back(entry.path);
        if (entry.path == "b" || entry.path == "z/y") {
            EXPECT_EQ(entry.mode, 0755);
            EXPECT_EQ(entry.mtime, Time{});
        }
        // The first name in a snapshot's walk, not the first in the archive.
        if (entry.path == "z/y/x") {
            EXPECT_EQ(entry.hard_link_to, "b/c");
        }
    }));
    EXPECT_EQ(seen, (std::vector<std::string>{"", "a", "b", "b/c", "z", "z/y", "z/y/x"}));
    restore(id, "out");
    EXPECT_EQ(fs::hard_link_count(dir_ / "out/b/c"), 2u);
}

TEST_F(Archive, OutputIsWholeOrNotAtAll) {
    make_tree();
    snapshot({.name = "s"});
    write_file(dir_ / "there.tar", "mine");
    EXPECT_FALSE(store_.export_to({"s"}, {.path = path("there.tar")}, {}, notes_));
    EXPECT_EQ(read_file(dir_ / "there.tar"), "mine");
    export_to("s", "there.tar", {.overwrite = true});
    EXPECT_GT(fs::file_size(dir_ / "there.tar"), 1000u);
    // A pack that is damaged meanwhile: no file, and no temporary.
    for (const auto& pack : fs::recursive_directory_iterator(dir_ / "store/packs")) {
        if (!pack.is_regular_file()) continue;
        ::chmod(pack.path().c_str(), 0644);
        std::string bytes = read_file(pack.path());
        for (std::size_t at = 40; at < bytes.size(); at += 1000) bytes[at] = ~bytes[at];
        write_file(pack.path(), bytes);
    }
    fs::create_directory(dir_ / "exports");
    const auto damaged = store_.export_to({"s"}, {.path = path("exports/x.tar")}, {}, notes_);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().kind, ErrorKind::corrupt);
    EXPECT_TRUE(fs::is_empty(dir_ / "exports"));
    const auto unknown = store_.export_to({"s"}, {.path = path("x.rar")}, {}, notes_);
    EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
}

// A program goes on writing to the archive: what was read of it is no moment's content.
TEST_F(Archive, OneThatChangesWhileItIsReadIsRefused) {
    make_tree();
    snapshot({.name = "s"});
    class Changes final : public Observer {
      public:
        explicit Changes(std::string path) : path_(std::move(path)) {}
        void progress(const Progress&) override {
            if (std::exchange(done_, true)) return;
            const int fd = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
            EXPECT_EQ(::pwrite(fd, "x", 1, 600), 1);
            ::close(fd);
        }

      private:
        std::string path_;
        bool done_ = false;
    };
    for (const char* name : {"x.tar", "x.zip"}) {
        export_to("s", name);
        Changes changes(path(name));
        const auto before = store_.list()->size();
        const auto refused = store_.import_from(
            {.path = path(name)}, {.special_modes = true, .special_files = true}, changes);
        ASSERT_FALSE(refused) << name;
        // A zip may be read where it was changed.
        EXPECT_TRUE(refused.error().kind == ErrorKind::failed || name == std::string("x.zip"))
            << refused.error().message();
        EXPECT_EQ(store_.list()->size(), before);
    }
}

TEST_F(Archive, ZipBothWays) {
    write_file(source_ / "a/file", code_like(300'000, 1));
    write_file(source_ / "caf\xc3\xa9", "UTF-8");
    write_file(source_ / "empty", "");
    fs::create_symlink("a/file", source_ / "link");
    fs::create_directory(source_ / "empty folder");
    for (const auto& entry : fs::recursive_directory_iterator(source_))
        set_time(entry.path(), 1'500'000'000, 0);
    snapshot({.name = "s"});
    export_to("s", "x.zip");
    export_to("s", "y.zip");
    EXPECT_TRUE(read_file(dir_ / "x.zip") == read_file(dir_ / "y.zip"));
    const std::string id = import("x.zip");
    restore(id, "out");
    EXPECT_EQ(shell("rsync -aci --delete --omit-dir-times source/ out/ | grep -v '^\\.d'"), 256)
        << "rsync found a difference";
    if (has("unzip")) {
        EXPECT_EQ(shell("unzip -tqq x.zip"), 0);
    }
    // A cut zip.
    const std::string whole = read_file(dir_ / "x.zip");
    for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{600}}) {
        write_file(dir_ / "cut.zip", whole.substr(0, size));
        EXPECT_FALSE(store_.import_from({.path = path("cut.zip")}, {}, notes_)) << size;
    }
}

TEST_F(Archive, RestoresOutOfAnArchiveWithoutAStore) {
    make_tree();
    snapshot({.name = "s"});
    for (const std::string name : {"x.tar", "x.tar.zst", "x.tar.gz", "x.holt"}) {
        export_to("s", name);
        fs::remove_all(dir_ / "place");
        fs::create_directory(dir_ / "place");
        const auto report = restore_archive({.path = path(name)}, path("place/out"), {},
                                            {.special_modes = true, .special_files = true}, notes_);
        ASSERT_TRUE(report) << report.error().message();
        expect_same_tree(source_, dir_ / "place/out");
        // Nothing else is left beside it.
        EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "place"), {}), 1);
        const auto refused =
            restore_archive({.path = path(name)}, path("place/other"), {}, {}, notes_);
        ASSERT_FALSE(refused) << "the FIFO was not refused";
        EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input);
        EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "place"), {}), 1);
    }
}

}  // namespace
}  // namespace holt::test
