// `holt export`, `holt import` and `holt restore FILE` as programs: streams, exit codes, JSON.
#include "cli/store_fixture.h"
#include "support/tar_maker.h"

namespace holt::test {
namespace {

class ArchiveCli : public StoreTest {
  protected:
    void TearDown() override {
        // Whatever happened, no temporary is left.
        for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
            EXPECT_EQ(entry.path().filename().string().find("tmp-"), std::string::npos);
    }
};

TEST_F(ArchiveCli, ThereAndBackThroughFilesAndPipes) {
    snapshot({"--name", "s"});
    for (const std::string format : {"tar", "tar.zst", "tar.gz", "holt"}) {
        const std::string file = "x." + format;
        ASSERT_EQ(run({"export", "s", file}).code, 0) << format;
        const Finished piped = run({"export", "s", "-", "--format", format});
        EXPECT_EQ(piped.code, 0) << piped.err;
        EXPECT_TRUE(piped.out == read_file(path(file))) << format;
        Program import = program({"import", "-", "-q"});
        import.input = piped.out;
        const Finished imported = import.run();
        EXPECT_EQ(imported.code, 0) << imported.err;
        EXPECT_EQ(imported.out.size(), 65u) << format;
        const Finished restored = run({"restore", file, "out-" + format});
        EXPECT_EQ(restored.code, 0) << restored.err;
        if (has_rsync()) {
            EXPECT_EQ(differences(tree(), path("out-" + format)), "");
        }
    }
}

TEST_F(ArchiveCli, AFileThatIsThereStays) {
    snapshot({"--name", "s"});
    write_file(path("x.tar"), "mine");
    const Finished refused = run({"export", "s", "x.tar"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("--force"), std::string::npos);
    EXPECT_EQ(read_file(path("x.tar")), "mine");
    EXPECT_EQ(run({"export", "s", "x.tar", "--force"}).code, 0);
    EXPECT_GT(read_file(path("x.tar")).size(), 300'000u);
}

TEST_F(ArchiveCli, UnsafeInputIsExitCode12) {
    write_file(path("bad.tar"), tar_entry({.name = "../x"}) + tar_end());
    const Finished imported = run({"import", "bad.tar", "--json"});
    EXPECT_EQ(imported.code, 12);
    const Json error = imported.json().back();
    EXPECT_EQ(error["type"], "error");
    EXPECT_EQ(error["kind"], "unsafe-input");
    EXPECT_EQ(run({"restore", "bad.tar", "out"}).code, 12);
    EXPECT_FALSE(std::filesystem::exists(path("out")));
    EXPECT_EQ(run({"list", "--json"}).json().size(), 1u);
    write_file(path("cut.tar"), tar_entry({.name = "x"}, std::string(2000, 'x')).substr(0, 1500));
    EXPECT_EQ(run({"import", "cut.tar"}).code, 14);
    write_file(path("many.tar"), tar_entry({.name = "x"}) + tar_entry({.name = "y"}) + tar_end());
    EXPECT_EQ(run({"import", "many.tar", "--max-entries", "1"}).code, 15);
    EXPECT_EQ(run({"import", "none.tar"}).code, 1);
}

TEST_F(ArchiveCli, Usage) {
    snapshot({"--name", "s"});
    EXPECT_EQ(run({"export", "s"}).code, 2);
    EXPECT_EQ(run({"export", "s", "-"}).code, 2);
    EXPECT_EQ(run({"export", "s", "x.rar"}).code, 2);
    EXPECT_EQ(run({"export", "s", "x.tar", "--format", "rar"}).code, 2);
    EXPECT_EQ(run({"export", "s", "s", "x.tar"}).code, 2);
    EXPECT_EQ(run({"export", "s", "x.tar", "--since", "s"}).code, 2);
    EXPECT_EQ(run({"import", "x.tar", "--tag", "novalue"}).code, 2);
    EXPECT_EQ(run({"import", "x.tar", "--max-depth", "0"}).code, 2);
    EXPECT_EQ(run({"export", "nobody", "x.tar"}).code, 13);
    EXPECT_FALSE(std::filesystem::exists(path("x.tar")));
}

TEST_F(ArchiveCli, SummariesAsJson) {
    snapshot({"--name", "s"});
    const Json exported = run({"export", "s", "x.tar.zst", "--json"}).json().back();
    EXPECT_EQ(exported["type"], "summary");
    EXPECT_EQ(exported["files"], 3);
    EXPECT_EQ(exported["hard_links"], 1);
    EXPECT_EQ(exported["archive_bytes"], std::filesystem::file_size(path("x.tar.zst")));
    const Json imported =
        run({"import", "x.tar.zst", "--name", "i", "--tag", "a=b", "--json"}).json().back();
    EXPECT_EQ(imported["snapshots"][0]["name"], "i");
    EXPECT_EQ(imported["snapshots"][0]["tags"][0]["key"], "a");
    EXPECT_EQ(imported["new_bytes"], 0);
}

}  // namespace
}  // namespace holt::test
