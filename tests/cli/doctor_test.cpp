// holt doctor: each finding with its level, and what to do.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "cli/store_fixture.h"

namespace holt::test {
namespace {

using DoctorCli = StoreTest;

std::optional<Json> finding(const Finished& run, const std::string& subject) {
    for (const Json& line : run.json())
        if (line["type"] == "finding" && line["subject"] == subject) return line;
    return std::nullopt;
}

// A store on a local disk has locks, room and rights; the summary comes last.
TEST_F(DoctorCli, TellsOfAStoreThatIsWell) {
    const Finished run = this->run({"doctor", "--json", dir_.path()});
    for (const char* subject : {"versions", "open files", "file system", "free space", "rights",
                                "leftovers", "locks", "links", "reflinks"})
        EXPECT_TRUE(finding(run, subject)) << subject << "\n" << run.out;
    EXPECT_EQ(finding(run, "locks")->at("level"), "good");
    EXPECT_EQ(finding(run, "links")->at("level"), "good");
    EXPECT_EQ(run.json().back()["type"], "summary");
    EXPECT_EQ(run.json().back()["exit_code"], run.code);
    // Nothing of what was tried stays.
    EXPECT_EQ(this->run({"stats", "--json"}).json().back()["tmp_files"], 0);
}

// Who may write to a store can change what others restore.
TEST_F(DoctorCli, AStoreThatEverybodyMayWriteToIsTrouble) {
    ::chmod(store().c_str(), 0777);
    const Finished run = this->run({"doctor", "--json"});
    EXPECT_EQ(run.code, 1);
    const auto rights = finding(run, "rights");
    ASSERT_TRUE(rights);
    EXPECT_EQ(rights->at("level"), "trouble");
    EXPECT_NE(rights->at("advice").get<std::string>().find("o-w"), std::string::npos);
    ::chmod(store().c_str(), 0755);
}

// A folder on another file system is told before a restore by links fails there.
TEST_F(DoctorCli, LinksAcrossFileSystemsAreTold) {
    struct stat here {
    }, there{};
    ASSERT_EQ(::stat(store().c_str(), &here), 0);
    if (::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev)
        GTEST_SKIP() << "there is no second file system";
    const Finished run = this->run({"doctor", "--json", "/dev/shm"});
    EXPECT_EQ(finding(run, "links")->at("level"), "notice");
}

TEST_F(DoctorCli, AStoreThatIsNotThereIsAFinding) {
    const Finished run = this->run({"--store", path("nowhere"), "doctor"});
    EXPECT_EQ(run.code, 1);
    EXPECT_NE(run.out.find("trouble"), std::string::npos);
}

}  // namespace
}  // namespace holt::test
