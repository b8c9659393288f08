// Zips that we write come back exactly and are the same bytes everywhere; Python, unzip, bsdtar and
// 7z read them, and we read theirs; limits hold for what comes out of a pipe.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <holt/archive.hpp>
#include <random>
#include <thread>

#include "base/unique_fd.h"
#include "support/child.h"
#include "support/store_fixture.h"
#include "support/zip_maker.h"

namespace holt::test {
namespace {

namespace fs = std::filesystem;

class ArchiveZip : public StoreTest {
  protected:
    std::string path(const std::string& name) const { return (dir_ / name).string(); }
    ExportReport export_to(const std::string& name, const std::string& snap = "s") {
        auto report = store_.export_to({snap}, {.path = path(name)}, {.overwrite = true}, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : ExportReport{};
    }
    SnapshotInfo import(const std::string& name) {
        auto report = store_.import_from({.path = path(name)}, {.special_modes = true}, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? report->snapshots[0] : SnapshotInfo{};
    }
    static bool has(const std::string& program) {
        return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
    }
    int shell(const std::string& command) const {
        return std::system(("cd '" + dir_.path().string() + "' && " + command + " 2>&1").c_str());
    }
    static void set_time(const fs::path& file, time_t seconds, long ns) {
        const timespec times[2] = {{seconds, ns}, {seconds, ns}};
        EXPECT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
    }
    // What every zip program can read: no odd names or times.
    void make_plain_tree() {
        write_file(source_ / "d/text", code_like(50'000, 1));
        write_file(source_ / "d/e/large", code_like(9 << 20, 2));
        write_file(source_ / "random", random_bytes(3 << 20, 3));
        write_file(source_ / "empty", "");
        fs::create_directory(source_ / "nothing");
        fs::create_symlink("d/text", source_ / "link");
        for (const auto& entry : fs::recursive_directory_iterator(source_))
            set_time(entry.path(), 1'500'000'000, 0);
        ::chmod((source_ / "d/text").c_str(), 0751);
        set_time(source_, 1'500'000'000, 0);
    }
};

/// A tree of everything that a zip keeps.
class RandomTree {
  public:
    RandomTree(const fs::path& root, unsigned seed) : random_(seed) {
        fill(root, 0);
        dress(root);
    }

  private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    std::string name() {
        std::string name;
        const unsigned size = below(12) == 0 ? 255 : 1 + below(10);
        const unsigned kind = below(3);
        while (name.size() < size) {
            const auto byte = static_cast<char>(kind == 0   ? 'a' + below(26)
                                                : kind == 1 ? 1 + below(255)
                                                            : "\xc3\xa9\\ ~"[below(5)]);
            if (byte != '/') name += byte;
        }
        return name == "." || name == ".." ? "dots" : name;
    }
    void fill(const fs::path& folder, int depth) {
        for (unsigned i = below(8); i-- > 0;) {
            const fs::path path = folder / name();
            if (fs::exists(fs::symlink_status(path))) continue;
            switch (below(depth < 4 ? 5 : 4)) {
                case 0:
                    write_file(path, "");
                    break;
                case 1:
                    write_file(path, code_like(below(100'000), below(1000)));
                    break;
                case 2:
                    // Over the size that is compressed in one piece, now and then.
                    write_file(path, below(4) == 0 ? random_bytes(5'000'000 + below(100), below(9))
                                                   : random_bytes(below(3000), below(1000)));
                    break;
                case 3:
                    fs::create_symlink(name(), path);
                    break;
                default:
                    fs::create_directory(path);
                    fill(path, depth + 1);
            }
            dress(path);
        }
    }
    void dress(const fs::path& path) {
        if (!fs::is_symlink(fs::symlink_status(path)))
            ::chmod(path.c_str(), static_cast<mode_t>(below(2) == 0 ? 0644 : below(010000)) | 0700);
        const timespec time{.tv_sec = static_cast<time_t>(random_()) * 4 - (std::int64_t{1} << 33),
                            .tv_nsec = below(2) == 0 ? 0 : static_cast<long>(below(1'000'000'000))};
        const timespec times[2] = {time, time};
        ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
    }

    std::mt19937 random_;
};

TEST_F(ArchiveZip, RandomTreesComeBackExactly) {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(seed);
        fs::remove_all(source_);
        fs::create_directory(source_);
        RandomTree(source_, seed);
        const SnapshotReport taken = snapshot();
        EXPECT_EQ(export_to("x.zip", taken.snapshot.id.hex()).left_out, 0u);
        const SnapshotInfo back = import("x.zip");
        EXPECT_EQ(back.root, taken.snapshot.root);
        // The root itself is in no tree: its mode, owner and time.
        fs::remove_all(dir_ / "out");
        restore(back.id.hex(), "out");
        expect_same_tree(source_, dir_ / "out");
    }
    EXPECT_TRUE(notes_.notes.empty());
}

TEST_F(ArchiveZip, AnEmptySnapshotComesBack) {
    ::chmod(source_.c_str(), 0710);
    set_time(source_, -5'000'000'000, 7);
    const SnapshotReport taken = snapshot({.name = "s"});
    export_to("x.zip");
    const SnapshotInfo back = import("x.zip");
    EXPECT_EQ(back.root, taken.snapshot.root);
    restore(back.id.hex(), "out");
    expect_same_tree(source_, dir_ / "out");
}

TEST_F(ArchiveZip, WhatAZipCannotKeepIsTold) {
    write_file(source_ / "a", "one");
    fs::create_hard_link(source_ / "a", source_ / "b");
    ::mkfifo((source_ / "fifo").c_str(), 0600);
    write_file(source_ / "holes", "");
    ASSERT_EQ(::truncate((source_ / "holes").c_str(), 1 << 20), 0);
    snapshot({.name = "s"});
    EXPECT_EQ(export_to("x.zip").left_out, 1u) << "the FIFO; content is complete";
    std::string told;
    for (const auto& [severity, about] : notes_.notes) told += about.object + " ";
    EXPECT_EQ(notes_.count(Severity::left_out), 1u) << told;
    EXPECT_EQ(notes_.count(Severity::info), 2u) << told;
    restore(import("x.zip").id.hex(), "out");
    EXPECT_EQ(read_file(dir_ / "out/b"), "one");
    EXPECT_EQ(fs::file_size(dir_ / "out/holes"), 1u << 20);
}

// The same bytes whatever the time zone, umask, locale and number of threads.
TEST_F(ArchiveZip, TheSameBytesEverywhere) {
    make_plain_tree();
    snapshot({.name = "s"});
    export_to("x.zip");
    const std::string expected = read_file(dir_ / "x.zip");
    int number = 0;
    for (const unsigned threads : {1u, 2u, 7u}) {
        for (const std::string zone : {"UTC", "Asia/Kathmandu", "America/New_York"}) {
            const std::string name = "y" + std::to_string(++number) + ".zip";
            const std::string command = "umask 077; LC_ALL=C TZ=" + zone + " '" + HOLT_PROGRAM +
                                        "' --store store " + "--threads " +
                                        std::to_string(threads) + " -q export s " + name;
            ASSERT_EQ(shell(command), 0);
            EXPECT_TRUE(read_file(dir_ / name) == expected) << command;
        }
    }
}

TEST_F(ArchiveZip, OthersReadWhatWeWrite) {
    make_plain_tree();
    snapshot({.name = "s"});
    export_to("x.zip");
    const auto expect_out = [&](const std::string& folder) {
        EXPECT_EQ(
            shell("rsync -rlpci --delete source/ " + folder + "/ > differences; cat differences"),
            0);
        EXPECT_EQ(read_file(dir_ / "differences"), "") << folder;
    };
    if (has("unzip")) {
        ASSERT_EQ(shell("unzip -tqq x.zip && unzip -q x.zip -d unzip"), 0);
        expect_out("unzip");
    }
    if (has("bsdtar")) {
        ASSERT_EQ(shell("mkdir bsdtar && bsdtar -xpf x.zip -C bsdtar"), 0);
        expect_out("bsdtar");
    }
    if (has("7z")) {
        ASSERT_EQ(shell("7z x -snl -o7z x.zip > /dev/null"), 0);
        expect_out("7z");
    }
    if (has("python3")) {
        // Its zipfile makes neither symlinks nor modes.
        ASSERT_EQ(shell("python3 -m zipfile -t x.zip > /dev/null && "
                        "python3 -m zipfile -e x.zip python && rm python/link && "
                        "cp -P source/link python/link"),
                  0);
        EXPECT_EQ(shell("diff -r source python"), 0);
    }
}

TEST_F(ArchiveZip, WeReadWhatOthersWrite) {
    make_plain_tree();
    const std::string python =
        "python3 -c \"import os,sys,zipfile\n"
        "z = zipfile.ZipFile(sys.argv[1] if sys.argv[1] != '-' else sys.stdout.buffer, 'w', "
        "int(sys.argv[2]))\n"
        "[z.write(os.path.join(d, f), os.path.relpath(os.path.join(d, f), 'source')) "
        "for d, s, fs in os.walk('source') for f in fs + s if f != 'link']\n"
        "z.close()\" ";
    const std::vector<std::array<std::string, 3>> makers = {
        {"zip", "cd source && zip -qry ../y.zip .", ""},
        {"zip", "cd source && zip -qry0 ../y.zip .", ""},
        {"zip", "cd source && zip -qry - . > ../y.zip", ""},
        {"zip", "cd source && zip -qryfz ../y.zip .", ""},
        {"zip", "cd source && zip -qryX ../y.zip .", ""},
        {"zip",
         "cd source && zip -qry ../z.zip . && cat ../store/CACHEDIR.TAG ../z.zip > ../y.zip; "
         "rm ../z.zip",
         ""},
        {"bsdtar", "cd source && bsdtar --format zip -cf ../y.zip .", ""},
        {"bsdtar", "cd source && bsdtar --format zip -cf - . > ../y.zip", ""},
        {"7z", "cd source && 7z a -tzip -snl ../y.zip . > /dev/null", ""},
        {"python3", python + "y.zip 0", "link"},
        {"python3", python + "y.zip 8", "link"},
        {"python3", python + "- 8 > y.zip", "link"},
    };
    for (const auto& [program, command, without] : makers) {
        if (!has(program)) continue;
        SCOPED_TRACE(command);
        fs::remove(dir_ / "y.zip");
        fs::remove_all(dir_ / "out");
        ASSERT_EQ(shell(command), 0);
        restore(import("y.zip").id.hex(), "out");
        if (!without.empty()) fs::copy_symlink(source_ / without, dir_ / "out" / without);
        EXPECT_EQ(shell("rsync -rlci --delete source/ out/ > differences; cat differences"), 0);
        EXPECT_EQ(read_file(dir_ / "differences"), "");
    }
}

TEST_F(ArchiveZip, SomethingInFrontIsRecognised) {
    const std::string zip =
        make_zip({{.name = "a", .content = "x"}},
                 {.front = "some program", .comment = std::string(40'000, 'c')});
    write_file(dir_ / "x.zip", zip);
    EXPECT_EQ(import("x.zip").files, 1u);
    restore_archive({.path = path("x.zip")}, path("out"), {}, {}, notes_);
    EXPECT_EQ(read_file(dir_ / "out/a"), "x");
    write_file(dir_ / "none", "PK is not enough" + std::string(2000, 'x'));
    EXPECT_FALSE(store_.import_from({.path = path("none")}, {}, notes_));
}

// A block of zeros is what a tar ends with: as the begin of a file it proves nothing.
TEST_F(ArchiveZip, ZerosInFrontOfAZipAreNoTar) {
    const std::string zeros(1024, '\0');
    write_file(dir_ / "x.zip", make_zip({{.name = "a", .content = "x"}}, {.front = zeros}));
    EXPECT_EQ(import("x.zip").files, 1u);
    // The last part of a split zip, which may begin with anything.
    write_file(dir_ / "y.zip",
               make_zip({{.name = "a", .content = "x"}}, {.front = zeros, .disk = 1}));
    const auto last = store_.import_from({.path = path("y.zip")}, {}, notes_);
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().kind, ErrorKind::unsafe_input);
    EXPECT_NE(last.error().message().find("split"), std::string::npos) << last.error().message();
    write_file(dir_ / "empty.tar", zeros);
    EXPECT_EQ(import("empty.tar").files, 0u);
}

// Into a pipe, from a thread: the reader may stop early.
class Feeder {
  public:
    explicit Feeder(std::string bytes) : bytes_(std::move(bytes)) {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        read_ = UniqueFd(ends[0]);
        writer_ = std::jthread([this, fd = ends[1]] {
            for (std::size_t at = 0; at < bytes_.size();) {
                const ssize_t wrote = ::write(fd, bytes_.data() + at, bytes_.size() - at);
                if (wrote <= 0) break;
                at += static_cast<std::size_t>(wrote);
            }
            ::close(fd);
        });
    }
    ~Feeder() { read_ = UniqueFd(); }
    int fd() const { return read_.get(); }

  private:
    std::string bytes_;
    std::jthread writer_;
    UniqueFd read_;
};

TEST_F(ArchiveZip, LimitsHoldForAPipe) {
    ::signal(SIGPIPE, SIG_IGN);
    const std::string zip = make_zip({{.name = "a", .content = std::string(1000, 'x')}});
    {
        Feeder feeder(zip);
        const auto taken =
            store_.import_from({.path = "pipe", .fd = feeder.fd()}, {.max_bytes = 1000}, notes_);
        EXPECT_TRUE(taken) << taken.error().message();
    }
    {
        Feeder feeder(zip);
        const auto refused =
            store_.import_from({.path = "pipe", .fd = feeder.fd()}, {.max_bytes = 999}, notes_);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::no_space);
    }
    // What is no content at all is not put on the disk without a limit.
    Feeder feeder("PK\x03\x04" + std::string(70 << 20, 'x'));
    const auto refused =
        store_.import_from({.path = "pipe", .fd = feeder.fd()}, {.max_bytes = 1000}, notes_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::no_space) << refused.error().message();
    EXPECT_TRUE(fs::is_empty(dir_ / "store/tmp"));
}

}  // namespace
}  // namespace holt::test
