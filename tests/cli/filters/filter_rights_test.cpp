// Proves: what a filter writes gives nobody rights: no setuid, setgid or sticky, no permissions of
// a group that the file does not get; and what comes from standard input is a new file like any
// other. For both filters, as root and as an ordinary user.
#include <fcntl.h>
#include <sys/stat.h>

#include <ostream>

#include "cli/filters/filter_fixture.h"
#include "support/child.h"

namespace holt::test {
namespace {

constexpr unsigned kNobody = 65534, kTheirGroup = 4321;
constexpr timespec kLongAgo = {.tv_sec = 1'234'567'890, .tv_nsec = 123'456'789};

struct Flags {
    std::string command, suffix;
};
/// By its name: the bytes of it would be other ones in each run.
void PrintTo(const Flags& flags, std::ostream* out) {
    *out << flags.command;
}

class FilterRights : public FilterFixture, public testing::WithParamInterface<Flags> {
  protected:
    FilterRights() : FilterFixture(GetParam().command) { ::chmod(dir_.path().c_str(), 0777); }

    std::string packed(const std::string& name) const { return name + GetParam().suffix; }
    /// A file of that owner, group and mode, old.
    void make_of(const std::string& name, uid_t uid, gid_t gid, mode_t mode) const {
        make(name, "its content");
        dress(name, uid, gid, mode);
    }
    void dress(const std::string& name, uid_t uid, gid_t gid, mode_t mode) const {
        ASSERT_EQ(::chown(path(name).c_str(), uid, gid), 0);
        ASSERT_EQ(::chmod(path(name).c_str(), mode), 0);
        const timespec times[2] = {kLongAgo, kLongAgo};
        ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
    }
    struct stat look(const std::string& name) const {
        struct stat st {};
        EXPECT_EQ(::stat(path(name).c_str(), &st), 0) << name;
        return st;
    }
    unsigned mode(const std::string& name) const { return look(name).st_mode & 07777; }
};

INSTANTIATE_TEST_SUITE_P(Filters, FilterRights,
                         testing::Values(Flags{"gzip", ".gz"}, Flags{"zstd", ".zst"}),
                         [](const auto& each) { return each.param.command; });

TEST_P(FilterRights, StickyIsNotHandedOn) {
    make_of("f", ::geteuid(), ::getegid(), 01751);
    ASSERT_EQ(run({"-f", "-k", "f"}).code, 0);
    EXPECT_EQ(mode(packed("f")), 0751u);
    dress(packed("f"), ::geteuid(), ::getegid(), 01640);
    ASSERT_EQ(run({"-d", "-f", "-k", packed("f")}).code, 0);
    EXPECT_EQ(mode("f"), 0640u);
}

TEST_P(FilterRights, SetuidAndSetgidAreNotHandedOn) {
    if (GetParam().command == "gzip") GTEST_SKIP() << "gzip refuses such inputs";
    make_of("f", ::geteuid(), ::getegid(), 06755);
    ASSERT_EQ(run({"f"}).code, 0);
    EXPECT_EQ(mode(packed("f")), 0755u);
    dress(packed("f"), ::geteuid(), ::getegid(), 06711);
    ASSERT_EQ(run({"-d", packed("f"), "-o", "back"}).code, 0);
    EXPECT_EQ(mode("back"), 0711u);
}

TEST_P(FilterRights, AGroupThatIsRefusedTakesItsPermissionsWithIt) {
    if (!root()) GTEST_SKIP() << "needs root, to make a file of a group that its user is not in";
    make_of("f", kNobody, kTheirGroup, 0664);
    make_of("g", kNobody, kNobody, 0664);
    EXPECT_EQ(as_user([&] {
                  const Finished done = run({"-k", "f", "g"});
                  EXPECT_EQ(done.code, 0) << done.err;
              }),
              0);
    EXPECT_EQ(look(packed("f")).st_gid, kNobody);
    EXPECT_EQ(mode(packed("f")), 0604u);
    EXPECT_EQ(mode(packed("g")), 0664u) << "the group that it gets keeps them";
    dress(packed("f"), kNobody, kTheirGroup, 0460);
    std::filesystem::remove(path("f"));
    EXPECT_EQ(as_user([&] { EXPECT_EQ(run({"-d", "-k", packed("f")}).code, 0); }), 0);
    EXPECT_EQ(mode("f"), 0400u);
}

TEST_P(FilterRights, AGroupOfTheUsersIsHandedOn) {
    if (!root()) GTEST_SKIP() << "needs root, to be in a group";
    make_of("f", kNobody, kTheirGroup, 0660);
    EXPECT_EQ(in_child([&] {
                  const gid_t groups[] = {kTheirGroup};
                  ASSERT_EQ(::setgroups(1, groups), 0);
                  ASSERT_EQ(::setgid(kNobody), 0);
                  ASSERT_EQ(::setuid(kNobody), 0);
                  EXPECT_EQ(run({"-k", "f"}).code, 0);
              }),
              0);
    EXPECT_EQ(look(packed("f")).st_gid, kTheirGroup);
    EXPECT_EQ(mode(packed("f")), 0660u);
}

TEST_P(FilterRights, RootKeepsOwnerAndGroup) {
    if (!root()) GTEST_SKIP() << "needs root";
    make_of("f", kNobody, kTheirGroup, 0640);
    ASSERT_EQ(run({"-k", "f"}).code, 0);
    EXPECT_EQ(look(packed("f")).st_uid, kNobody);
    EXPECT_EQ(look(packed("f")).st_gid, kTheirGroup);
    EXPECT_EQ(mode(packed("f")), 0640u);
    EXPECT_EQ(look(packed("f")).st_mtim.tv_sec, kLongAgo.tv_sec);
}

TEST_P(FilterRights, StandardInputHandsOnNothing) {
    if (GetParam().command == "gzip") GTEST_SKIP() << "gzip writes no file of standard input";
    make_of("f", root() ? kNobody : ::geteuid(), ::getegid(), 0777);
    const std::string shell = std::string(HOLT_PROGRAM) + " zstd -q -o " + path("out") + " < " +
                              path("f") + " && " + HOLT_PROGRAM + " zstd -q -d -o " + path("back") +
                              " < " + path("out");
    const auto done = other("sh", {"-c", "umask 027; " + shell});
    ASSERT_TRUE(done);
    ASSERT_EQ(done->code, 0) << done->err;
    for (const char* name : {"out", "back"}) {
        EXPECT_EQ(mode(name), 0640u) << name;
        EXPECT_EQ(look(name).st_uid, ::geteuid()) << name;
        EXPECT_GT(look(name).st_mtim.tv_sec, kLongAgo.tv_sec) << name;
    }
}

TEST_P(FilterRights, GzipKeepsTheAccessTimeAsGzipDoes) {
    if (GetParam().command != "gzip") GTEST_SKIP() << "zstd does not";
    make_of("f", ::geteuid(), ::getegid(), 0644);
    ASSERT_EQ(run({"-k", "f"}).code, 0);
    EXPECT_EQ(look(packed("f")).st_atim.tv_sec, kLongAgo.tv_sec);
    EXPECT_EQ(look(packed("f")).st_atim.tv_nsec, kLongAgo.tv_nsec);
}

}  // namespace
}  // namespace holt::test
