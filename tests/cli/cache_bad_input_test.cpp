// Proves: what cannot be cached is refused with a code and words, before anything is built, and
// leaves nothing behind.
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class CacheBadInput : public StoreTest {
  protected:
    CacheBadInput() { make_environment(path("env")); }

    static void make_environment(const std::string& folder) {
        stdfs::create_directories(folder + "/bin");
        write_file(folder + "/bin/tool", "tool\n");
        write_file(folder + "/conf", "prefix=" + folder + "\n");
    }
    // A command that says that it ran.
    std::vector<std::string> run_line(std::vector<std::string> options) const {
        std::vector<std::string> args = {"cache", "run", "--key", "k"};
        args.insert(args.end(), options.begin(), options.end());
        args.insert(args.end(), {"--", "touch", path("ran")});
        return args;
    }
    bool has_run() const { return stdfs::exists(path("ran")); }
    void expect_nothing_saved() const {
        EXPECT_EQ(run({"list", "-q"}).out, "");
        EXPECT_TRUE(stdfs::is_empty(store() + "/tmp"));
        EXPECT_EQ(run({"verify"}).code, 0);
    }
    static void expect_refused(const Finished& end, int code, const std::string& words) {
        EXPECT_EQ(end.code, code) << end.err;
        EXPECT_NE(end.err.find(words), std::string::npos) << end.err;
    }
};

TEST_F(CacheBadInput, AMissingKeyFile) {
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"key", "hash", "--file", "missing"},
          {"cache", "save", "--key-file", "missing", path("env")},
          {"cache", "lookup", "--key-file", "missing"},
          {"cache", "restore", "--key-file", "missing", path("new")},
          {"cache", "run", "--key-file", "missing", "--path", path("env"), "--", "touch",
           path("ran")}})
        expect_refused(run(args), 1, "'missing': No such file");
    expect_refused(run({"key", "hash", "--file", "env"}), 2, "not a file");
    EXPECT_FALSE(has_run());
    EXPECT_FALSE(stdfs::exists(path("new")));
    expect_nothing_saved();
}

TEST_F(CacheBadInput, AFolderThatChangesWhileItIsSaved) {
    std::atomic<bool> stop = false;
    write_file(path("env/log"), std::string(8u << 20, 'x'));
    std::thread writer([&] {
        for (std::ofstream log(path("env/log"), std::ios::app); !stop;) log << "line" << std::flush;
    });
    const Finished saved = run({"cache", "save", "--key", "k", path("env")});
    const Finished ran = run(run_line({"--path", path("env")}));
    stop = true;
    writer.join();
    expect_refused(saved, 1, "keeps changing");
    EXPECT_NE(saved.err.find("nothing is saved"), std::string::npos);
    // The command ran: that what it made is there has to be said.
    expect_refused(ran, 1, "what it made is there, and is not saved");
    EXPECT_TRUE(has_run());
    EXPECT_EQ(run({"cache", "lookup", "--key", "k"}).code, 13);
    expect_nothing_saved();
}

TEST_F(CacheBadInput, ACommandThatFails) {
    const Finished end = run({"cache", "run", "--key", "k", "--path", "made", "--", "sh", "-c",
                              "mkdir made; echo half > made/file; exit 9"});
    expect_refused(end, 9, "nothing is saved");
    EXPECT_EQ(read_file(path("made/file")), "half\n");  // what it left is the command's
    EXPECT_EQ(run({"cache", "lookup", "--key", "k"}).code, 13);
    expect_nothing_saved();
    EXPECT_TRUE(stdfs::is_empty(store() + "/flights"));
}

TEST_F(CacheBadInput, AFullDisk) {
    const std::string small = path("small");
    stdfs::create_directory(small);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=12m") != 0)
        GTEST_SKIP() << "needs the right to mount";
    struct Unmount {
        const std::string& at;
        ~Unmount() { ::umount2(at.c_str(), MNT_DETACH); }
    } unmount{small};
    const std::string full = small + "/store";
    ASSERT_EQ(run({"init", full}).code, 0);
    std::string content(16u << 20, '\0');
    std::uint64_t state = 1;
    for (char& c : content) c = static_cast<char>((state = state * 6364136223846793005 + 1) >> 56);
    stdfs::create_directory(path("large"));
    write_file(path("large/f"), content);
    const auto on_full = [&](std::vector<std::string> args) {
        args.insert(args.begin(), {"--store", full});
        return run(args);
    };
    expect_refused(on_full({"cache", "save", "--key", "k", path("large")}), 15, "No space left");
    expect_refused(on_full(run_line({"--path", path("large")})), 15,
                   "what it made is there, and is not saved");
    EXPECT_TRUE(has_run());
    EXPECT_EQ(on_full({"cache", "lookup", "--key", "k"}).code, 13);
    EXPECT_TRUE(stdfs::is_empty(full + "/tmp"));
    EXPECT_TRUE(stdfs::is_empty(full + "/packs"));
    EXPECT_EQ(on_full({"verify"}).code, 0);
    // It goes on with what fits, and a destination that is full stays as it was.
    EXPECT_EQ(on_full({"cache", "save", "--key", "k", path("env")}).code, 0);
    content.resize(4u << 20);
    write_file(path("large/f"), content);
    EXPECT_EQ(on_full({"cache", "save", "--key", "large", path("large")}).code, 0);
    write_file(small + "/fill",
               std::string(static_cast<std::size_t>(stdfs::space(small).available), 'x'));
    expect_refused(
        on_full({"cache", "restore", "--key", "large", "--link", "copy", small + "/two"}), 15,
        "No space left");
    EXPECT_FALSE(stdfs::exists(small + "/two"));
}

TEST_F(CacheBadInput, TwoJobsWithOneKey) {
    const std::string script = "echo built >> " + path("builds") +
                               "; sleep 0.3; mkdir -p $HOLT_PATH;"
                               " echo x > $HOLT_PATH/file";
    std::vector<Finished> ends(4);
    std::vector<std::thread> jobs;
    for (std::size_t i = 0; i < ends.size(); ++i)
        jobs.emplace_back([&, i] {
            ends[i] = run({"cache", "run", "--key", "k", "--path", path("out" + std::to_string(i)),
                           "--", "sh", "-c", script});
        });
    for (std::thread& job : jobs) job.join();
    for (std::size_t i = 0; i < ends.size(); ++i) {
        EXPECT_EQ(ends[i].code, 0) << ends[i].err;
        EXPECT_EQ(read_file(path("out" + std::to_string(i) + "/file")), "x\n");
    }
    EXPECT_EQ(read_file(path("builds")), "built\n");
    EXPECT_EQ(run({"list", "--json"}).json().size(), 2u);  // one, and the summary
    EXPECT_TRUE(stdfs::is_empty(store() + "/flights"));
}

TEST_F(CacheBadInput, AScopeThatMayNotBeWritten) {
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"cache", "save", "--key", "k", path("env")},
          run_line({"--path", path("env")})}) {
        Program refused = program(args);
        refused.environment["HOLT_WRITE_SCOPES"] = "pr/*";
        expect_refused(refused.run(), 12, "HOLT_WRITE_SCOPES allows only 'pr/*'");
    }
    EXPECT_FALSE(has_run());
    expect_nothing_saved();
    Program allowed = program({"cache", "save", "--key", "k", "--scope", "pr/1", path("env")});
    allowed.environment["HOLT_WRITE_SCOPES"] = "pr/*";
    EXPECT_EQ(allowed.run().code, 0);
    EXPECT_EQ(run({"cache", "lookup", "--key", "k"}).code, 13);  // main does not see it
    // A scope that no entry can have is told before the command runs.
    expect_refused(run(run_line({"--scope", "a\nb", "--path", path("env")})), 2, "scope");
    EXPECT_FALSE(has_run());
}

TEST_F(CacheBadInput, APathWithANewline) {
    const std::string odd = path("new\nline");
    make_environment(odd);
    EXPECT_EQ(run({"cache", "save", "--key", "k", odd}).code, 0);
    EXPECT_EQ(run({"cache", "restore", "--key", "k", path("plain")}).code, 0);
    std::string conf = read_file(path("plain/conf"));
    EXPECT_EQ(conf.find("prefix=" + path("plain")), 0u) << conf;
    EXPECT_EQ(conf.find("line"), std::string::npos);
    // Texts cannot name one: told with its newline escaped, and nothing is written.
    expect_refused(run({"cache", "restore", "--key", "k", path("a\nb")}), 12, "a\\nb'");
    EXPECT_FALSE(stdfs::exists(path("a\nb")));
    EXPECT_EQ(run({"cache", "restore", "--key", "k", "--no-relocate", path("a\nb")}).code, 0);
    EXPECT_EQ(read_file(path("a\nb/conf")), read_file(odd + "/conf"));
    EXPECT_EQ(run({"cache", "list"}).out.find("new\nline"), std::string::npos);
}

TEST_F(CacheBadInput, AnEnvironmentThatHoldsAnother) {
    make_environment(path("env/inner"));
    stdfs::create_directory_symlink(path("env"), path("alias"));
    for (const std::string other : {"env/inner", "env", "alias/inner", "env/../env/inner"}) {
        expect_refused(run({"cache", "save", "--key", "k", path("env"), path(other)}), 2,
                       "one in the other");
        expect_refused(run(run_line({"--path", path("env"), "--path", path(other)})), 2,
                       "one in the other");
    }
    EXPECT_FALSE(has_run());
    expect_nothing_saved();
    // One after the other they are two entries, and each is told apart.
    EXPECT_EQ(run({"cache", "save", "--key", "inner", path("env/inner")}).code, 0);
    EXPECT_EQ(run({"cache", "save", "--key", "outer", "--exclude", "inner/", path("env")}).code, 0);
    EXPECT_EQ(run({"cache", "restore", "--key", "outer", path("new")}).code, 0);
    EXPECT_EQ(run({"cache", "restore", "--key", "inner", path("new/inner")}).code, 0);
    EXPECT_EQ(run({"verify", path("new/inner")}).code, 0);
    EXPECT_EQ(read_file(path("new/inner/conf")).find("prefix=" + path("new/inner")), 0u);
    // The store itself is no part of an environment.
    ASSERT_EQ(run({"init", path("env/store")}).code, 0);
    const Finished held =
        run({"--store", path("env/store"), "cache", "save", "--key", "k", path("env")});
    EXPECT_EQ(held.code, 0);
    EXPECT_NE(held.err.find("it is the store itself"), std::string::npos) << held.err;
}

TEST_F(CacheBadInput, APrefixThatWouldMatchEverything) {
    stdfs::create_directory_symlink("/", path("root"));
    for (const std::string& folder :
         {std::string("/"), std::string("//"), std::string("/."), path("root")}) {
        expect_refused(run({"cache", "save", "--key", "k", folder}), 2, "found everywhere");
        expect_refused(run(run_line({"--path", folder})), 2, "found everywhere");
        expect_refused(run({"relocate", "--check", folder}), 2, "found everywhere");
        expect_refused(run({"snapshot", "--relocatable", folder}), 2, "found everywhere");
    }
    expect_refused(run(run_line({"--path", "/q"})), 2, "found everywhere");
    EXPECT_FALSE(has_run());
    EXPECT_FALSE(stdfs::exists("/q"));
    expect_nothing_saved();
    // Nor can it be moved to one.
    EXPECT_EQ(run({"cache", "save", "--key", "k", path("env")}).code, 0);
    if (::access("/", W_OK) == 0) {
        expect_refused(run({"cache", "restore", "--key", "k", "/q"}), 12, "found everywhere");
        EXPECT_FALSE(stdfs::exists("/q"));
    }
}

// "/venv" of a container: the folder above it is "/", whose path ends in the slash.
TEST_F(CacheBadInput, ANewFolderDirectlyBelowTheRootIsMovedTo) {
    if (::access("/", W_OK) != 0) GTEST_SKIP() << "needs the right to write to /";
    EXPECT_EQ(run({"cache", "save", "--key", "k", path("env")}).code, 0);
    const std::string below = "/holt-test-" + std::to_string(::getpid());
    const Finished restored = run({"cache", "restore", "--key", "k", below});
    const std::string conf = restored.code == 0 ? read_file(below + "/conf") : "";
    stdfs::remove_all(below);
    EXPECT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(conf.find("prefix=" + below), 0u) << conf;
}

TEST_F(CacheBadInput, BinaryStringsThatCannotBeMoved) {
    for (const char* name : {"one.so", "two.so"})
        write_file(path(std::string("env/bin/") + name),
                   std::string("\x7F\0\0", 3) + path("env") + std::string("\0end", 4));
    EXPECT_EQ(run({"cache", "save", "--key", "k", path("env")}).code, 0);
    const std::string longer = path("a-longer-name");
    const Finished refused = run({"cache", "restore", "--key", "k", longer});
    expect_refused(refused, 12, "no room");
    for (const char* name : {"bin/one.so", "bin/two.so"})
        EXPECT_NE(refused.err.find(name), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("nothing was written"), std::string::npos);
    EXPECT_FALSE(stdfs::exists(longer));
    // A hit that cannot be used is no reason to build again: the same words, and no command.
    expect_refused(run(run_line({"--path", longer})), 12, "no room");
    EXPECT_FALSE(has_run());
    EXPECT_EQ(run({"cache", "restore", "--key", "k", "--leave", "*.so", longer}).code, 0);
    EXPECT_EQ(read_file(longer + "/conf"), "prefix=" + longer + "\n");
    EXPECT_EQ(read_file(longer + "/bin/one.so"), read_file(path("env/bin/one.so")));
}

// The command makes the folders above what it builds; a hit does, too.
TEST_F(CacheBadInput, AHitNeedsNoFolderAboveThatTheCommandMakes) {
    const std::vector<std::string> line = {
        "cache",       "run", "--key", "k",  "--path",
        "build/x/env", "--",  "sh",    "-c", "mkdir -p build/x/env; echo y > build/x/env/f"};
    EXPECT_EQ(run(line).code, 0);
    stdfs::remove_all(path("build"));
    const Finished hit = run(line);
    EXPECT_EQ(hit.code, 0) << hit.err;
    EXPECT_EQ(read_file(path("build/x/env/f")), "y\n");
    EXPECT_NE(hit.err.find("matched exact"), std::string::npos);
}

}  // namespace
}  // namespace holt::test
