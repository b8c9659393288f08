// Proves, for random trees of every kind of entry, name, number and attribute: what is exported and
// imported into another store has the same root digest, from every format that keeps all of it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <holt/archive.hpp>

#include <random>

#include "fs/metadata/posix_acl.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class RandomTree {
  public:
    RandomTree(stdfs::path root, unsigned seed) : root_(std::move(root)), random_(seed) {}

    void make() {
        folders_ = {root_};
        for (int i = 0; i < 60; ++i) make_one(pick(folders_));
        // What holds others last, so that their times stay.
        for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
            set_attributes(*folder);
            set_metadata(*folder);
        }
    }

  private:
    unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
    template <typename T>
    T pick(const std::vector<T>& from) {
        return from[below(static_cast<unsigned>(from.size()))];
    }

    // Any bytes but '/' and NUL; often short, sometimes as long as a name may be.
    std::string name() {
        static const std::vector<std::string> odd{
            " ",        "-rf",          "a=b%3D", "new\nline", "back\\slash", "caf\xe9",
            "\xff\xfe", "\xe2\x82\xac", "UPPER",  "upper",     "PaxHeaders",  ".hidden"};
        std::string made = odd[below(12)] + std::to_string(names_++);
        const unsigned more = below(8) == 0 ? 200 : below(20);
        while (made.size() < more) {
            const auto byte = static_cast<char>(1 + below(255));
            made += byte == '/' ? '_' : byte;
        }
        return made;
    }

    std::string content() {
        switch (below(7)) {
            case 0:
                return "";
            case 1:
                return random_bytes(512 * (1 + below(4)), below(1000));
            case 2:
                return std::string(1 + below(100'000), '\0');
            case 3:
                return code_like(5 << 20, below(3));  // several chunks
            default:
                return random_bytes(1 + below(5000), below(1000));
        }
    }

    void make_one(const stdfs::path& folder) {
        const stdfs::path path = folder / name();
        switch (below(9)) {
            case 0:
            case 1:
                stdfs::create_directory(path);
                folders_.push_back(path);
                return;
            case 2:
                stdfs::create_symlink(std::string(1 + below(below(4) == 0 ? 4000 : 150), 't'),
                                      path);
                break;
            case 3:
                ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
                break;
            case 4:
                if (!others_.empty()) {
                    ASSERT_EQ(::linkat(AT_FDCWD, pick(others_).c_str(), AT_FDCWD, path.c_str(), 0),
                              0);
                    return;
                }
                [[fallthrough]];
            case 5:
                make_sparse(path);
                set_attributes(path);
                break;
            default:
                write_file(path, content());
                set_attributes(path);
        }
        others_.push_back(path);
        set_metadata(path);
    }

    void make_sparse(const stdfs::path& path) {
        const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
        ASSERT_GE(fd, 0);
        off_t at = 0;
        for (unsigned left = below(4); left > 0; --left) {
            at += 4096 * static_cast<off_t>(below(300));
            const std::string data = random_bytes(4096 * (1 + below(3)), below(1000));
            ASSERT_EQ(::pwrite(fd, data.data(), data.size(), at),
                      static_cast<ssize_t>(data.size()));
            at += static_cast<off_t>(data.size());
        }
        const off_t hole = below(3) == 0 ? (off_t{9} << 20) + below(5000) : 4096 * below(2);
        ASSERT_EQ(::ftruncate(fd, at + hole), 0);
        ::close(fd);
    }

    // As far as the file system takes them.
    void set_attributes(const stdfs::path& path) {
        for (unsigned left = below(3); left > 0; --left) {
            const std::string key =
                "user." + std::string(1 + below(3), 'k') + (left == 1 ? "=%" : "");
            std::string value = random_bytes(below(200), below(1000));
            ::setxattr(path.c_str(), key.c_str(), value.data(), value.size(), 0);
        }
        if (::getuid() == 0 && below(4) == 0) ::setxattr(path.c_str(), "trusted.t", "\n=", 2, 0);
        if (below(5) != 0) return;
        using Tag = holt::fs::AclEntry::Tag;
        const std::string list = holt::fs::encode_acl({{Tag::owner, 6},
                                                       {Tag::user, 5, 1234},
                                                       {Tag::owning_group, 4},
                                                       {Tag::mask, 7},
                                                       {Tag::other, 0}});
        ::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0);
    }

    void set_metadata(const stdfs::path& path) {
        const bool link = stdfs::is_symlink(path);
        if (::getuid() == 0)
            (void)::lchown(path.c_str(), below(3) == 0 ? 4294967294u : below(70'000),
                           below(3) == 0 ? 3'000'000'000u : below(70'000));
        if (!link) ::chmod(path.c_str(), below(07777) | 0700);
        static const std::vector<time_t> seconds{-2'000'000'000, -1,           0, 1, 1'234'567'890,
                                                 4'000'000'000,  9'000'000'000};
        const long ns = below(2) == 0 ? 0 : static_cast<long>(below(1'000'000'000));
        const struct timespec times[2] = {{0, 0}, {pick(seconds), ns}};
        ::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
    }

    const stdfs::path root_;
    std::mt19937_64 random_;
    std::vector<stdfs::path> folders_, others_;
    unsigned names_ = 0;
};

class ArchiveProperty : public StoreTest, public ::testing::WithParamInterface<unsigned> {};
INSTANTIATE_TEST_SUITE_P(, ArchiveProperty, ::testing::Range(1u, 9u));

TEST_P(ArchiveProperty, ExportThenImportGivesTheSameRoot) {
    RandomTree(source_, GetParam()).make();
    const SnapshotInfo taken = snapshot({.name = "s"}).snapshot;
    ASSERT_EQ(taken.left_out, 0u);
    for (const ArchiveFormat format :
         {ArchiveFormat::tar, ArchiveFormat::tar_gz, ArchiveFormat::tar_zst, ArchiveFormat::holt}) {
        const std::string file = (dir_ / ("x." + std::string(name(format)))).string();
        const auto exported = store_.export_to({"s"}, {.path = file}, {}, notes_);
        ASSERT_TRUE(exported) << exported.error().message();
        Store other = *Store::init((dir_ / ("store of " + std::string(name(format)))).string());
        const auto imported = other.import_from(
            {.path = file}, {.special_modes = true, .special_files = true, .all_xattrs = true},
            notes_);
        ASSERT_TRUE(imported) << name(format) << ": " << imported.error().message();
        EXPECT_EQ(imported->snapshots[0].root, taken.root) << name(format);
        EXPECT_EQ(imported->warnings, 0u) << name(format);
        EXPECT_EQ(imported->stripped, 0u) << name(format);
    }
}

}  // namespace
}  // namespace holt::test
