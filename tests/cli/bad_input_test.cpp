// Bad input of every kind: a clear error that says what to do, the right exit code, nothing lost
// and nothing left behind.
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

namespace filesystem = std::filesystem;

class BadInputTest : public StoreTest {
  protected:
    /// Fails with `code`, one message on stderr that has all `words`, nothing on stdout.
    void expect(const std::vector<std::string>& args, int code,
                const std::vector<std::string>& words) const {
        const Finished result = run(args);
        EXPECT_EQ(result.code, code) << args[0] << ": " << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_TRUE(result.err.starts_with("holt: ")) << result.err;
        for (const std::string& word : words)
            EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
    }
    std::vector<std::string> packs() const {
        std::vector<std::string> out;
        for (const auto& entry : filesystem::recursive_directory_iterator(store() + "/packs"))
            if (entry.is_regular_file()) out.push_back(entry.path());
        return out;
    }
    /// As run(), but as an ordinary user also where the tests run as root.
    Finished run_without_rights(std::vector<std::string> args) const {
        if (::geteuid() != 0) return run(std::move(args));
        constexpr unsigned kNobody = 65534;
        const std::string copy = path("holt-program");  // where it was built may be out of reach
        if (!filesystem::exists(copy)) filesystem::copy_file(HOLT_PROGRAM, copy);
        for (const auto& entry : filesystem::recursive_directory_iterator(dir_.path()))
            EXPECT_EQ(::lchown(entry.path().c_str(), kNobody, kNobody), 0);
        EXPECT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
        Program program = this->program({"--reuid=65534", "--regid=65534", "--clear-groups", copy});
        program.path = "setpriv";
        program.args.insert(program.args.end(), args.begin(), args.end());
        return program.run();
    }
    static void flip_middle_byte(const std::string& file) {
        filesystem::permissions(file, filesystem::perms::owner_write,
                                filesystem::perm_options::add);
        std::string bytes = read_file(file);
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
        write_file(file, bytes);
    }
};

TEST_F(BadInputTest, SourcesThatCannotBeTaken) {
    expect({"snapshot", "nowhere"}, 1, {"nowhere"});
    EXPECT_EQ(run({"list"}).out, "");
}

TEST_F(BadInputTest, AnUnreadableFileIsLeftOutAndNamed) {
    filesystem::permissions(tree() + "/src/main.c", filesystem::perms::none);
    const Finished result = run_without_rights({"snapshot", "tree"});
    ASSERT_NE(result.code, 127) << "setpriv is not installed";
    EXPECT_EQ(result.code, 3) << result.err;
    EXPECT_NE(result.err.find("main.c"), std::string::npos) << result.err;
    EXPECT_EQ(run({"ls", "latest:src"}).out,
              "src/deep\nsrc/main.c  (left out: permission denied)\n");
    expect({"cat", "latest", "src/main.c"}, 3, {"main.c", "permission denied"});
    expect({"restore", "latest", "copy"}, 3, {"main.c", "permission denied"});
    expect({"diff", "latest", "latest"}, 3, {"main.c", "permission denied"});
    expect({"verify", "./copy"}, 3, {"main.c", "permission denied"});
    const Finished json = run_without_rights({"snapshot", "tree", "--json"});
    EXPECT_EQ(json.json().back()["left_out"], 1);
    EXPECT_EQ(json.json().back()["exit_code"], 3);
}

TEST_F(BadInputTest, ASocketIsSkippedWithANote) {
    const std::string script = "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";
    const auto made = other("python3", {"-c", script, tree() + "/sock"});
    if (!made || made->code != 0) GTEST_SKIP() << "python3 is not installed";
    const Finished result = run({"snapshot", "tree"});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.err.find("sock"), std::string::npos) << result.err;
}

TEST_F(BadInputTest, FoldersThatAreNoStore) {
    expect({"--store", path("nowhere"), "list"}, 10, {"nowhere", "init"});
    expect({"--store", tree(), "list"}, 10, {"tree"});
    expect({"--store", tree() + "/README", "list"}, 10, {"README"});
    expect({"--store", tree(), "snapshot", "tree"}, 10, {"tree"});
    expect({"--store", tree(), "repair"}, 10, {"tree"});
    EXPECT_FALSE(filesystem::exists(path("nowhere")));
}

TEST_F(BadInputTest, AStoreOfANewerVersion) {
    const std::string tag = store() + "/CACHEDIR.TAG";
    std::string text = read_file(tag);
    const std::size_t at = text.find("holt-store: 2");
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, 13, "holt-store: 9");
    write_file(tag, text);
    expect({"list"}, 10, {"version"});
    expect({"snapshot", "tree"}, 10, {"version"});
}

TEST_F(BadInputTest, UnknownAndAmbiguousSnapshots) {
    expect({"show", "nothing"}, 13, {"nothing"});
    expect({"restore", "nothing", "copy"}, 13, {"nothing"});
    expect({"restore", "latest", "copy"}, 13, {"latest"});
    EXPECT_FALSE(filesystem::exists(path("copy")));
    snapshot({"--name", "s"});
    expect({"show", "00000000"}, 13, {"00000000"});
    expect({"restore", "s:missing", "copy"}, 13, {"missing"});
    expect({"cat", "s", "../README"}, 2, {".."});
    EXPECT_FALSE(filesystem::exists(path("copy")));
}

TEST_F(BadInputTest, NamesThatCannotBeGiven) {
    snapshot({"--name", "s"});
    EXPECT_NE(run({"snapshot", "tree", "--name", "s"}).code, 0) << "taken already";
    for (const char* name : {"a:b", "latest", "-x", "a/b", "a/../b", "a\nb"}) {
        const Finished result = run({"snapshot", "tree", std::string("--name=") + name});
        EXPECT_NE(result.code, 0) << name;
        EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << "one line: " << result.err;
    }
    EXPECT_EQ(run({"list", "--json"}).json().back()["snapshots"], 1);
}

TEST_F(BadInputTest, DestinationsThatCannotBeWritten) {
    snapshot({"--name", "s"});
    filesystem::create_directory(path("full"));
    write_file(path("full") + "/mine", "mine");
    expect({"restore", "s", "full"}, 1, {"full", "not empty", "--force"});
    expect({"restore", "s", "tree/README"}, 1, {"README"});
    expect({"restore", "s", "no/such/parent"}, 1, {"no/such"});
    if (::geteuid() != 0) {
        filesystem::create_directory(path("closed"));
        filesystem::permissions(path("closed"), filesystem::perms::owner_read);
        expect({"restore", "s", "closed/copy"}, 1, {"closed"});
        filesystem::permissions(path("closed"), filesystem::perms::owner_all);
    }
}

TEST_F(BadInputTest, ADamagedPackIsFoundAndRepairPutsItAside) {
    // Large enough that the middle of the pack is in it, and not in the footer.
    std::mt19937 random(1);
    std::string noise(200'000, ' ');
    for (char& byte : noise) byte = static_cast<char>(random());
    write_file(tree() + "/noise", noise);
    snapshot({"--name", "s"});
    ASSERT_FALSE(packs().empty());
    for (const std::string& pack : packs()) flip_middle_byte(pack);
    const Finished verified = run({"verify"});
    EXPECT_EQ(verified.code, 14) << verified.err;
    EXPECT_NE(verified.out.find("damaged"), std::string::npos) << verified.out;
    EXPECT_NE(verified.err.find("touches s"), std::string::npos) << verified.err;
    auto lines = run({"verify", "--json"}).json();
    EXPECT_EQ(lines.front()["type"], "damage");
    EXPECT_EQ(lines.back()["exit_code"], 14);
    const Finished restored = run({"restore", "s", "copy"});
    EXPECT_EQ(restored.code, 14) << restored.err;
    EXPECT_FALSE(filesystem::exists(path("copy")));
    EXPECT_EQ(run({"repair"}).code, 14);
    EXPECT_EQ(run({"snapshot", "tree", "--name", "t"}).code, 0);
    EXPECT_EQ(run({"restore", "t", "copy"}).code, 0);
}

// The record of the snapshot is lost with the footer: repair has to say so.
TEST_F(BadInputTest, ALostSnapshotIsNamedByRepair) {
    snapshot({"--name", "s"});
    for (const std::string& pack : packs()) {
        filesystem::permissions(pack, filesystem::perms::owner_write,
                                filesystem::perm_options::add);
        std::string bytes = read_file(pack);
        bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
        write_file(pack, bytes);
    }
    const Finished repaired = run({"repair"});
    EXPECT_EQ(repaired.code, 14) << repaired.err;
    EXPECT_NE(repaired.err.find("touches s"), std::string::npos) << repaired.err;
    EXPECT_EQ(run({"verify"}).code, 0);
}

TEST_F(BadInputTest, ATruncatedPack) {
    snapshot({"--name", "s"});
    for (const std::string& pack : packs()) {
        filesystem::permissions(pack, filesystem::perms::owner_write,
                                filesystem::perm_options::add);
        filesystem::resize_file(pack, filesystem::file_size(pack) / 2);
    }
    EXPECT_EQ(run({"verify"}).code, 14);
    EXPECT_EQ(run({"restore", "s", "copy"}).code, 14);
    EXPECT_FALSE(filesystem::exists(path("copy")));
}

TEST_F(BadInputTest, ALostOrDamagedCatalogIsRebuilt) {
    snapshot({"--name", "s"});
    write_file(store() + "/catalog.db", "this is no database, but it is long enough to be one");
    expect({"list"}, 14, {"repair"});
    EXPECT_EQ(run({"repair"}).code, 0);
    EXPECT_EQ(run({"restore", "s", "copy"}).code, 0);
    filesystem::remove(store() + "/catalog.db");
    expect({"list"}, 14, {"repair"});
    EXPECT_EQ(run({"repair"}).code, 0);
    EXPECT_EQ(run({"show", "s"}).code, 0);
    EXPECT_EQ(run({"verify"}).code, 0);
}

}  // namespace
}  // namespace holt::test
