#include "scenario/restore/space_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

struct timespec to_time(long seconds) {
    return {.tv_sec = seconds, .tv_nsec = 123456789};
}

void set_time(const stdfs::path& path, long seconds) {
    const struct timespec times[2] = {to_time(seconds), to_time(seconds)};
    EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
}

// Other bytes of the same number, and the time as it was: only the change time tells.
void edit_in_secret(const stdfs::path& path) {
    struct stat before;
    ASSERT_EQ(::stat(path.c_str(), &before), 0);
    std::string content = read_file(path);
    if (content.empty()) return;
    content[content.size() / 2] ^= 1;
    const int fd = ::open(path.c_str(), O_WRONLY);
    ASSERT_GE(fd, 0) << path;
    EXPECT_EQ(::pwrite(fd, content.data(), content.size(), 0),
              static_cast<ssize_t>(content.size()));
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    EXPECT_EQ(::futimens(fd, times), 0);
    ::close(fd);
}

}  // namespace

void make_space_tree(const stdfs::path& root, unsigned seed) {
    write_file(root / "a", code_like(900, seed));
    write_file(root / "empty", "");
    write_file(root / "big", random_bytes(700'000, seed + 1));
    for (int i = 0; i < 12; ++i) {
        const stdfs::path folder = root / ("sub" + std::to_string(i % 4));
        write_file(folder / ("f" + std::to_string(i)), code_like(200u + 300u * unsigned(i), seed));
        write_file(folder / "deep" / ("g" + std::to_string(i)), std::to_string(seed));
    }
    stdfs::create_directories(root / "nothing" / "in" / "it");
    stdfs::create_hard_link(root / "a", root / "sub1" / "hard");
    stdfs::create_hard_link(root / "a", root / "sub2" / "deep" / "hard too");
    stdfs::create_hard_link(root / "sub3" / "f3", root / "sub3" / "again");
    write_file(root / "twin", code_like(900, seed));  // as "a", but a file of its own
    stdfs::create_symlink("../a", root / "sub0" / "link");
    stdfs::create_symlink("nowhere", root / "dangling");
    stdfs::create_symlink("sub0", root / "to folder");
    EXPECT_EQ(::mkfifo((root / "fifo").c_str(), 0640), 0);
    write_file(root / "sparse", "x");
    EXPECT_EQ(::truncate((root / "sparse").c_str(), 1 << 17), 0);
    EXPECT_EQ(::chmod((root / "sub0" / "f0").c_str(), 0751), 0);
    EXPECT_EQ(::chmod((root / "sub1" / "f1").c_str(), 0400), 0);
    EXPECT_EQ(::chmod((root / "sub3" / "deep").c_str(), 0555), 0);
    (void)::setxattr((root / "sub0" / "f4").c_str(), "user.note", "x", 1, 0);
    (void)::setxattr((root / "sub2").c_str(), "user.note", "y", 1, 0);
    set_time(root / "sub0" / "f0", 1'000'000'000);
    set_time(root / "sub0", 1'100'000'000);
    set_time(root, 1'200'000'000);
}

std::vector<stdfs::path> Vandal::all() const {
    std::vector<stdfs::path> found;
    for (const auto& entry : stdfs::recursive_directory_iterator(root_)) found.push_back(entry);
    std::ranges::sort(found);
    return found;
}

stdfs::path Vandal::any_file() {
    auto found = all();
    std::erase_if(found, [](const stdfs::path& path) {
        return !stdfs::is_regular_file(stdfs::symlink_status(path));
    });
    return found.empty() ? stdfs::path() : found[below(found.size())];
}

stdfs::path Vandal::any_folder() {
    auto found = all();
    std::erase_if(found, [](const stdfs::path& path) {
        return !stdfs::is_directory(stdfs::symlink_status(path));
    });
    found.push_back(root_);
    return found[below(found.size())];
}

stdfs::path Vandal::any() {
    const auto found = all();
    return found.empty() ? stdfs::path() : found[below(found.size())];
}

std::string Vandal::edit() {
    const unsigned what = below(17);
    const stdfs::path folder = any_folder();
    const stdfs::path file = any_file();
    const stdfs::path entry = any();
    if (file.empty() || entry.empty()) {
        write_file(root_ / new_name(), "something");
        return "make something";
    }
    ::chmod(file.c_str(), 0644);
    const auto did = [&](const char* text, const stdfs::path& path) {
        return std::string(text) + " " + path.lexically_relative(root_).string();
    };
    switch (what) {
        case 0:
            edit_in_secret(file);
            return did("edit in secret", file);
        case 1:
            std::ofstream(file, std::ios::app) << "more";
            return did("append to", file);
        case 2:
            EXPECT_EQ(::truncate(file.c_str(), 0), 0);
            return did("empty", file);
        case 3:
            ::chmod(file.c_str(), 0600 | below(0100));
            return did("chmod", file);
        case 4:
            if (!stdfs::is_symlink(entry)) ::chmod(entry.c_str(), 0700 | below(0100));
            return did("chmod", entry);
        case 5:
            set_time(entry, 1'500'000'000 + static_cast<long>(below(1000)));
            return did("touch", entry);
        case 6:
            (void)::setxattr(file.c_str(), "user.vandal", "was here", 8, 0);
            return did("set attribute of", file);
        case 7:
            (void)::setxattr(folder.c_str(), "user.vandal", "was here", 8, 0);
            return did("set attribute of", folder);
        case 8:
            stdfs::remove(file);
            stdfs::create_directories(file / "in" / "it");
            write_file(file / "in" / "file", "x");
            return did("make a folder of", file);
        case 9:
            stdfs::remove(file);
            stdfs::create_symlink("/etc/passwd", file);
            return did("make a symlink of", file);
        case 10:
            if (entry == root_) return "nothing";
            stdfs::remove_all(entry);
            return did("remove", entry);
        case 11:
            write_file(folder / new_name(), "extra");
            return did("add to", folder);
        case 12: {
            const stdfs::path to = folder / new_name();
            std::error_code failed;  // into itself
            stdfs::rename(entry, to, failed);
            return did("rename", entry) + (failed ? " in vain" : " to " + to.string());
        }
        case 13: {  // the name stays, its inode is another
            const std::string content = read_file(file);
            stdfs::remove(file);
            write_file(file, content);
            return did("break links of", file);
        }
        case 14: {
            const stdfs::path other = any_file();
            if (other == file || other.empty()) return "nothing";
            stdfs::remove(other);
            stdfs::create_hard_link(file, other);
            return did("link over", other) + did(" to", file);
        }
        case 15:
            stdfs::create_hard_link(file, folder / new_name());
            return did("link once more", file);
        default:
            if (folder == root_) return "nothing";
            stdfs::remove_all(folder);
            write_file(folder, "was a folder");
            return did("make a file of", folder);
    }
}

void SpaceTest::let_the_clock_tick() {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

std::vector<std::string> SpaceTest::verify(const VerifyFolderOptions& options) {
    std::vector<std::string> lines;
    const auto report = store_.verify_folder(
        space().string(), options,
        [&](const DiffEntry& entry) {
            lines.push_back(std::string(name(entry.change)) + " " + entry.path);
        },
        notes_);
    EXPECT_TRUE(report) << report.error().message();
    EXPECT_TRUE(!report || report->differs() == !lines.empty());
    return lines;
}

}  // namespace holt::test
