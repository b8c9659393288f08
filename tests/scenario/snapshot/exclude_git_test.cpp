// Proves: --gitignore leaves out what git itself says is ignored, and --exclude-caches and
// --exclude-if-present what their marks say.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class ExcludeMarks : public StoreTest {
  protected:
    std::set<std::string> taken(const SnapshotOptions& options) {
        const SnapshotReport report = snapshot(options);
        std::set<std::string> paths;
        const auto listed = store_.ls(report.snapshot.id.hex(), "", {.recursive = true},
                                      [&](const EntryInfo& entry) {
                                          if (!entry.path.empty()) paths.insert(entry.path);
                                      });
        EXPECT_TRUE(listed) << listed.error().message();
        return paths;
    }
    std::set<std::string> all() const {
        std::set<std::string> paths;
        for (const auto& entry : stdfs::recursive_directory_iterator(source_))
            paths.insert(entry.path().lexically_relative(source_).string());
        return paths;
    }
    static constexpr const char* kSignature = "Signature: 8a477f597d28d172789f06886806bc55";
};

TEST_F(ExcludeMarks, ACacheKeepsItsTagOnly) {
    write_file(source_ / "cache" / "CACHEDIR.TAG", std::string(kSignature) + "\n# made by x\n");
    write_file(source_ / "cache" / "deep" / "file", "x");
    write_file(source_ / "false" / "CACHEDIR.TAG", "Signature: something else");
    write_file(source_ / "false" / "kept", "x");
    write_file(source_ / "short" / "CACHEDIR.TAG", "Signature: 8a477f59");
    stdfs::create_directories(source_ / "folder" / "CACHEDIR.TAG");
    stdfs::create_directories(source_ / "link");
    stdfs::create_symlink("../cache/CACHEDIR.TAG", source_ / "link" / "CACHEDIR.TAG");
    write_file(source_ / "link" / "kept", "x");
    std::set<std::string> expected = all();
    EXPECT_EQ(taken({}), expected);
    expected.erase("cache/deep");
    expected.erase("cache/deep/file");
    EXPECT_EQ(taken({.exclude_caches = true}), expected);
    // The root was asked for, whatever it is.
    write_file(source_ / "CACHEDIR.TAG", kSignature);
    expected.insert("CACHEDIR.TAG");
    EXPECT_EQ(taken({.exclude_caches = true}), expected);
}

TEST_F(ExcludeMarks, AFolderWithAMarkKeepsTheMarkOnly) {
    write_file(source_ / "a" / ".nobackup", "");
    write_file(source_ / "a" / "b" / "file", "x");
    write_file(source_ / "c" / "file", "x");
    EXPECT_EQ(taken({.exclude_if_present = {".other", ".nobackup"}}),
              (std::set<std::string>{"a", "a/.nobackup", "c", "c/file"}));
}

// What git says of each path, by check-ignore; nothing when there is no git.
class GitIgnore : public ExcludeMarks {
  protected:
    static bool has_git() { return std::system("git --version >/dev/null 2>&1") == 0; }
    // All that git does not ignore; what lies below an ignored folder is ignored.
    std::set<std::string> kept_by_git() {
        const std::string tree = "'" + source_.string() + "'";
        const std::string git = "GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null git -C " + tree +
                                " -c core.excludesFile=/dev/null ";
        EXPECT_EQ(std::system(
                      ("git init -q " + tree + " && rm -f " + tree + "/.git/info/exclude").c_str()),
                  0);
        const std::string list = (dir_ / "paths").string(), ignored = (dir_ / "ignored").string();
        std::set<std::string> paths = all();
        std::erase_if(paths, [](const std::string& path) { return path.starts_with(".git/"); });
        paths.erase(".git");
        std::string text;
        for (const std::string& path : paths) text += path + '\0';
        write_file(list, text);
        const int end = std::system(
            (git + "check-ignore -z --no-index --stdin < '" + list + "' > '" + ignored + "'")
                .c_str());
        EXPECT_TRUE(WEXITSTATUS(end) <= 1);
        const std::string told = read_file(ignored);
        for (std::size_t at = 0; at < told.size();) {
            const std::string path = told.c_str() + at;
            at += path.size() + 1;
            paths.erase(path);
        }
        stdfs::remove_all(source_ / ".git");
        return paths;
    }
};

TEST_F(GitIgnore, IsReadAsGitReadsIt) {
    if (!has_git()) GTEST_SKIP() << "there is no git here";
    const char* names[] = {"a",  "b",  "foo", "bar", "foo.o", "a.txt",  "build", "x y",
                           "#c", "!d", "f*o", "[z]", "afoo",  "foobar", "e ",    "out"};
    const char* patterns[] = {"*.o",    "/foo",     "build/",      "!foo.o", "a/b",     "a/**/foo",
                              "**/bar", "foo/**",   "x y",         "\\#c",   "\\!d",    "f\\*o",
                              "[a-b]",  "[!a-f]oo", "?oo",         "/a/*",   "!/a/foo", "# comment",
                              "",       "e\\ ",     "foo*",        "*bar",   "a**o",    "**",
                              "!*/",    "!*.txt",   "[[:alpha:]]", "[z",     "\\[z]",   "/",
                              "out/",   "a/b/",     "*/foo",       "**/a/b", "/**/out", "foo/bar",
                              "[]a]",   "[^b-z]",   "a?",          "*"};
    std::mt19937 random(1);
    const auto pick = [&](auto& from) { return std::string(from[random() % std::size(from)]); };
    for (int round = 0; round < 60; ++round) {
        stdfs::remove_all(source_);
        stdfs::create_directories(source_);
        std::string rules;
        for (int i = 0; i < 25; ++i) {
            stdfs::path path = source_;
            for (unsigned depth = 1 + random() % 4; depth > 1; --depth) path /= pick(names);
            std::error_code failed;
            stdfs::create_directories(path, failed);
            if (failed) continue;
            if (!stdfs::exists(path / pick(names))) {
                const stdfs::path file = path / pick(names);
                if (!stdfs::exists(file)) write_file(file, "x");
            }
            if (random() % 6 != 0 && i != 0) continue;
            std::string text;
            for (unsigned line = 1 + random() % 4; line > 0; --line) {
                // One that ignores everything leaves nothing to compare: rarely.
                std::string pattern = pick(patterns);
                if ((pattern == "**" || pattern == "*") && random() % 4 != 0) pattern = "*.o";
                text += pattern + "\n";
            }
            write_file(path / ".gitignore", text);
            rules += (path / ".gitignore").lexically_relative(source_).string() + ":\n" + text;
        }
        SCOPED_TRACE("round " + std::to_string(round) + "\n" + rules);
        EXPECT_EQ(taken({.gitignore = true}), kept_by_git());
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace holt::test
