#include "support/tree_compare.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace holt::test {
namespace {

struct Inode {
    dev_t dev;
    ino_t ino;
    auto operator<=>(const Inode&) const = default;
};

class Comparison {
  public:
    std::vector<std::string> run(const std::string& a, const std::string& b) {
        const int fd_a = ::open(a.c_str(), O_RDONLY | O_DIRECTORY);
        const int fd_b = ::open(b.c_str(), O_RDONLY | O_DIRECTORY);
        if (fd_a < 0 || fd_b < 0) return {"cannot open " + (fd_a < 0 ? a : b)};
        compare_records(fd_a, fd_b, ".", ".");
        compare_folders(fd_a, fd_b, ".");
        return std::move(differences_);
    }

  private:
    void differ(const std::string& path, const std::string& what) {
        if (differences_.size() < 50) differences_.push_back(path + ": " + what);
    }

    template <class T>
    void expect_equal(const std::string& path, const char* what, const T& a, const T& b) {
        if (a == b) return;
        std::ostringstream text;
        text << what << " " << a << " and " << b;
        differ(path, text.str());
    }

    static std::set<std::string> names(int fd) {
        std::set<std::string> found;
        DIR* dir = ::fdopendir(::openat(fd, ".", O_RDONLY | O_DIRECTORY));
        if (dir == nullptr) return found;
        while (const dirent* entry = ::readdir(dir)) found.insert(entry->d_name);
        ::closedir(dir);
        found.erase(".");
        found.erase("..");
        return found;
    }

    static std::map<std::string, std::string> xattrs(int dir, const std::string& name) {
        std::map<std::string, std::string> found;
        const std::string path = "/proc/self/fd/" + std::to_string(dir) + "/" + name;
        std::string list(65536, '\0');
        const ssize_t size = ::llistxattr(path.c_str(), list.data(), list.size());
        for (ssize_t at = 0; at < size;) {
            const std::string key = list.data() + at;
            at += static_cast<ssize_t>(key.size()) + 1;
            if (key.starts_with("security.selinux")) continue;
            std::string value(65536, '\0');
            const ssize_t length =
                ::lgetxattr(path.c_str(), key.c_str(), value.data(), value.size());
            value.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
            found[key] = value;
        }
        return found;
    }

    static std::string link_target(int dir, const std::string& name) {
        std::string target(65536, '\0');
        const ssize_t size = ::readlinkat(dir, name.c_str(), target.data(), target.size());
        target.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return target;
    }

    void compare_records(int a, int b, const std::string& name, const std::string& path) {
        struct stat sa {
        }, sb{};
        if (::fstatat(a, name.c_str(), &sa, AT_SYMLINK_NOFOLLOW) != 0 ||
            ::fstatat(b, name.c_str(), &sb, AT_SYMLINK_NOFOLLOW) != 0) {
            return differ(path, "cannot stat");
        }
        if ((sa.st_mode & S_IFMT) != (sb.st_mode & S_IFMT)) return differ(path, "kind");
        if (!S_ISLNK(sa.st_mode)) expect_equal(path, "mode", sa.st_mode, sb.st_mode);
        expect_equal(path, "uid", sa.st_uid, sb.st_uid);
        expect_equal(path, "gid", sa.st_gid, sb.st_gid);
        expect_equal(path, "mtime s", sa.st_mtim.tv_sec, sb.st_mtim.tv_sec);
        expect_equal(path, "mtime ns", sa.st_mtim.tv_nsec, sb.st_mtim.tv_nsec);
        if (xattrs(a, name) != xattrs(b, name)) differ(path, "extended attributes");
        if (S_ISLNK(sa.st_mode))
            expect_equal(path, "target", link_target(a, name), link_target(b, name));
        if (!S_ISREG(sa.st_mode)) return;
        expect_equal(path, "size", sa.st_size, sb.st_size);
        const auto first_a = first_a_.emplace(Inode{sa.st_dev, sa.st_ino}, path).first->second;
        const auto first_b = first_b_.emplace(Inode{sb.st_dev, sb.st_ino}, path).first->second;
        expect_equal(path, "hard link to", first_a, first_b);
        compare_content(a, b, name, path);
    }

    void compare_content(int a, int b, const std::string& name, const std::string& path) {
        const int fd_a = ::openat(a, name.c_str(), O_RDONLY),
                  fd_b = ::openat(b, name.c_str(), O_RDONLY);
        std::string part_a(1 << 20, '\0'), part_b(1 << 20, '\0');
        for (;;) {
            const ssize_t got_a = ::read(fd_a, part_a.data(), part_a.size());
            const ssize_t got_b = ::read(fd_b, part_b.data(), part_b.size());
            if (got_a < 0 || got_a != got_b ||
                part_a.compare(0, static_cast<std::size_t>(got_a), part_b, 0,
                               static_cast<std::size_t>(got_b)) != 0) {
                differ(path, "content");
                break;
            }
            if (got_a == 0) break;
        }
        ::close(fd_a);
        ::close(fd_b);
    }

    // Takes the descriptors over. Recursion would not survive a depth of 1,000 with an open
    // descriptor each, so parents are closed before their children are compared.
    void compare_folders(int root_a, int root_b, const std::string& root_path) {
        struct Pair {
            int a, b;
            std::string path;
        };
        std::vector<Pair> open{{root_a, root_b, root_path}};
        while (!open.empty()) {
            const Pair pair = open.back();
            open.pop_back();
            const std::set<std::string> in_a = names(pair.a), in_b = names(pair.b);
            for (const std::string& name : in_a) {
                if (!in_b.contains(name)) differ(pair.path + "/" + name, "only in the first");
            }
            for (const std::string& name : in_b) {
                const std::string path = pair.path + "/" + name;
                if (!in_a.contains(name)) {
                    differ(path, "only in the second");
                    continue;
                }
                compare_records(pair.a, pair.b, name, path);
                const int sub_a =
                    ::openat(pair.a, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
                const int sub_b =
                    ::openat(pair.b, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
                if (sub_a >= 0 && sub_b >= 0) open.push_back({sub_a, sub_b, path});
            }
            ::close(pair.a);
            ::close(pair.b);
        }
    }

    std::vector<std::string> differences_;
    std::map<Inode, std::string> first_a_, first_b_;
};

}  // namespace

std::vector<std::string> tree_differences(const std::string& a, const std::string& b) {
    return Comparison().run(a, b);
}

}  // namespace holt::test
