// Configuration files: defaults for options, and who may set what.
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

class ConfigCli : public StoreTest {
  protected:
    Program with_config(std::vector<std::string> args) const {
        Program program = this->program(std::move(args));
        program.environment["XDG_CONFIG_HOME"] = path("config");
        program.folder = tree();
        return program;
    }
    void user_file(const std::string& text) const {
        std::filesystem::create_directories(path("config/holt"));
        write_file(path("config/holt/config.toml"), text);
    }
    void project_file(const std::string& text) const { write_file(tree() + "/.holt.toml", text); }
};

// What a file says counts, a nearer file overrides it, and the command line overrides all.
TEST_F(ConfigCli, LaterPlacesOverrideEarlierOnes) {
    snapshot({"--name", "one"});
    user_file("[restore]\nlink = \"hardlink\"\n");
    const auto link = [&](std::vector<std::string> options) {
        std::filesystem::remove_all(path("out"));
        std::vector<std::string> args{"restore", "one", path("out"), "--json"};
        args.insert(args.end(), options.begin(), options.end());
        const Finished run = with_config(args).run();
        EXPECT_EQ(run.code, 0) << run.err;
        return run.json().back()["link"].get<std::string>();
    };
    EXPECT_EQ(link({}), "hardlink");
    project_file("[restore]\nlink = \"copy\"\n");
    EXPECT_EQ(link({}), "copy");
    EXPECT_EQ(link({"--link", "hardlink"}), "hardlink");
}

TEST_F(ConfigCli, ShowTellsWhereEachValueComesFrom) {
    user_file("threads = 2\n[snapshot]\nexclude = [\"*.o\"]\n");
    project_file("threads = 1\n");
    const Finished run = with_config({"config", "show", "--json"}).run();
    ASSERT_EQ(run.code, 0) << run.err;
    const std::vector<Json> lines = run.json();
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_EQ(lines[0]["name"], "store");
    EXPECT_EQ(lines[0]["source"], "HOLT_STORE");
    EXPECT_EQ(lines[1]["name"], "snapshot.exclude");
    EXPECT_EQ(lines[1]["value"], "*.o");
    EXPECT_EQ(lines[2]["name"], "threads");
    EXPECT_EQ(lines[2]["in_force"], false);
    EXPECT_EQ(lines[3]["source"], std::filesystem::canonical(tree()).string() + "/.holt.toml");
    EXPECT_EQ(lines[3]["in_force"], true);
}

// Whoever works in a checkout need not trust it: its file cannot send data anywhere.
TEST_F(ConfigCli, AProjectMayNotSayWhereDataGoes) {
    for (const char* text : {"store = \"/tmp/elsewhere\"\n", "[export]\noutput = \"/tmp/x\"\n",
                             "[restore]\nforce = true\n", "[restore]\nowner = \"caller\"\n"}) {
        project_file(text);
        const Finished run = with_config({"list"}).run();
        EXPECT_EQ(run.code, 2) << text;
        EXPECT_NE(run.err.find(".holt.toml"), std::string::npos) << run.err;
        EXPECT_NE(run.err.find("a project may not set"), std::string::npos) << run.err;
    }
}

// One that another user left in a folder above is passed over.
TEST_F(ConfigCli, AnotherUsersProjectFileIsPassedOver) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give a file away";
    project_file("threads = 0\n");  // which would be refused
    ASSERT_EQ(::chown((tree() + "/.holt.toml").c_str(), 12345, 12345), 0);
    Program asked = with_config({"config", "show", "--json"});
    EXPECT_EQ(asked.run().json().size(), 2u);
}

TEST_F(ConfigCli, WhatIsWrongIsNamedWithItsPlace) {
    const auto said = [&](const std::string& text) {
        user_file(text);
        const Finished run = with_config({"list"}).run();
        EXPECT_EQ(run.code, 2) << text;
        return run.err;
    };
    EXPECT_NE(said("threads = \n").find("line 1"), std::string::npos);
    EXPECT_NE(said("colour = \"never\"\n").find("colour: there is no option"), std::string::npos);
    EXPECT_NE(said("[list]\nnosuch = 1\n").find("list.nosuch"), std::string::npos);
    EXPECT_NE(said("quiet = \"perhaps\"\n").find("true or false"), std::string::npos);
    EXPECT_NE(said("threads = 2020-01-01\n").find("neither a text"), std::string::npos);
    // HOLT_CONFIG has scripts read none.
    Program none = with_config({"list"});
    none.environment["HOLT_CONFIG"] = "";
    EXPECT_EQ(none.run().code, 0);
}

}  // namespace
}  // namespace holt::test
