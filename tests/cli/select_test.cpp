// Names, keys, single files and selections on the command line: what each command takes for what,
// and the exit codes that scripts rely on.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(StoreTest, AKeyIsFoundByEveryCommand) {
    std::filesystem::create_directory(path("dest"));
    int number = 0;
    for (const std::string key :
         {"sha256:ab", "a/b", "-x", "two words", "x.tar", "caf\xc3\xa9:y/z"}) {
        snapshot({"--key=" + key});
        for (const std::string& snap : {key, "key:" + key}) {
            const std::string dest = path("dest/" + std::to_string(++number));
            const std::string tar = dest + ".tar";
            for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
                     {"show", "--", snap},
                     {"ls", "--", snap + ":src"},
                     {"cat", "--", snap, "src/main.c"},
                     {"cat", "--", snap + ":src/main.c"},
                     {"restore", "--", snap, dest},
                     {"restore", "--", snap + ":src/main.c",
                      dest + "/../main" + dest.substr(dest.rfind('/') + 1)},
                     {"diff", "--", snap, dest},
                     {"diff", "--", snap + ":src", dest + "/src"},
                     {"verify", "--", snap},
                     {"verify", "--against", snap, dest},
                     {"export", "--", snap, tar}}) {
                const Finished done = run(args);
                EXPECT_EQ(done.code, 0) << args[0] << " " << snap << ": " << done.err;
            }
        }
    }
    EXPECT_EQ(run({"show", "key:none"}).code, 13);
    for (const std::string bad : {"", "a\nb", "\x1b[1m"})
        for (const char* command : {"snapshot", "import"})
            EXPECT_EQ(
                run({command, command[0] == 's' ? tree() : path("dest/1.tar"), "--key", bad}).code,
                2);
    EXPECT_EQ(run({"snapshot", tree(), "--name", ""}).code, 2);
}

// The name of a file that is there is the file, unless it is said that the name is meant.
TEST_F(StoreTest, ANameLikeAnArchivesCanBeMeant) {
    snapshot({"--name", "x.tar"});
    write_file(path("x.tar"), "no archive");
    EXPECT_NE(run({"restore", "x.tar", "out"}).code, 0);
    EXPECT_EQ(run({"restore", "name:x.tar", "out"}).code, 0);
}

TEST_F(StoreTest, OneFileGoesInAndOut) {
    const Finished taken = run({"snapshot", "-q", tree() + "/src/main.c", "--name", "file"});
    ASSERT_EQ(taken.code, 0) << taken.err;
    const Finished back = run({"restore", "file:main.c", "copy.c", "--json"});
    ASSERT_EQ(back.code, 0) << back.err;
    EXPECT_TRUE(has(back.out, "\"destination\":\"copy.c\"")) << back.out;
    EXPECT_EQ(read_file(path("copy.c")), read_file(tree() + "/src/main.c"));
    EXPECT_EQ(run({"restore", "file:main.c", "copy.c"}).code, 1);
    EXPECT_EQ(run({"restore", "file:main.c", "copy.c", "--force"}).code, 0);
    EXPECT_EQ(run({"restore", "file:main.c", "copy.c", "--force", "--delete"}).code, 2);
    EXPECT_EQ(run({"restore", "file:none", "copy2.c"}).code, 13);
    stdfs::create_directory(path("folder"));
    const Finished inside = run({"restore", "file:main.c", "folder"});
    EXPECT_EQ(inside.code, 0);
    EXPECT_TRUE(has(inside.err, "folder/main.c")) << inside.err;
    EXPECT_TRUE(stdfs::exists(path("folder/main.c")));
    EXPECT_EQ(run({"snapshot", "/dev/null"}).code, 2);
}

TEST_F(StoreTest, SelectionsOnTheCommandLine) {
    snapshot({"--name", "one"});
    ASSERT_EQ(run({"restore", "one", "out", "--include", "*.c", "--include=/README"}).code, 0);
    EXPECT_TRUE(stdfs::exists(path("out/src/main.c")));
    EXPECT_TRUE(stdfs::exists(path("out/README")));
    EXPECT_FALSE(stdfs::exists(path("out/src/deep")));
    EXPECT_EQ(run({"verify", "./out", "--include", "*.c"}).code, 0);
    EXPECT_EQ(run({"verify", "./out"}).code, 1);
    EXPECT_EQ(run({"diff", "one", "./out", "--exclude", "deep", "--exclude", "/empty", "--exclude",
                   "/link", "--exclude", "/second"})
                  .code,
              0);
    EXPECT_EQ(run({"restore", "one", "out", "--include", "*.none"}).code, 2);
    EXPECT_EQ(run({"restore", "one", "out", "--atomic", "--include", "*.c"}).code, 2);
    EXPECT_EQ(run({"export", "one", "one.holt", "--include", "*.c"}).code, 2);
    EXPECT_EQ(run({"export", "one", "one.tar", "--include", "*.c"}).code, 0);
    EXPECT_NE(run({"verify", "one", "--include", "*.c"}).code, 0) << "there is no such folder";
    EXPECT_EQ(run({"restore", "one", "out"}).code, 0);
    EXPECT_EQ(run({"verify", "./out"}).code, 0);
}

}  // namespace
}  // namespace holt::test
