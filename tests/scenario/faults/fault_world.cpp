#include "scenario/faults/fault_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kFreshMark = "HOLT_TEST_FRESH_PROCESS";

std::size_t count_entries(const char* folder) {
    std::error_code ignored;
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : stdfs::directory_iterator(folder, ignored)) ++count;
    return count;
}

void run(const std::vector<const char*>& arguments) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::vector<char*> argv;
        for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
        argv.push_back(nullptr);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    ASSERT_EQ(end_of(child), 0) << arguments[0];
}

void set_mtime(const stdfs::path& path, long seconds, long nanoseconds) {
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0) << path;
}

// A little of everything: an empty file, one in chunks, one with a hole, links of both kinds.
void make_tree_one(const stdfs::path& tree) {
    write_file(tree / "a", code_like(900, 1));
    write_file(tree / "empty", "");
    write_file(tree / "big", random_bytes(300'000, 2));
    write_file(tree / "sub" / "b", code_like(3000, 3));
    write_file(tree / "sub" / "deep" / "c", "c");
    write_file(tree / "old" / "goes", "this goes");
    stdfs::create_directories(tree / "nothing in it");
    stdfs::create_hard_link(tree / "a", tree / "sub" / "hard");
    stdfs::create_symlink("../a", tree / "sub" / "link");
    write_file(tree / "sparse", "x");
    ASSERT_EQ(::truncate((tree / "sparse").c_str(), 1 << 16), 0);
    ASSERT_EQ(::mkfifo((tree / "fifo").c_str(), 0640), 0);
    ASSERT_EQ(::chmod((tree / "sub" / "b").c_str(), 0751), 0);
    set_mtime(tree / "sub" / "b", 1'000'000'000, 123'456'789);
    set_mtime(tree / "sub", 1'100'000'000, 5);
    set_mtime(tree, 1'200'000'000, 7);
}

void change_to_tree_two(const stdfs::path& tree) {
    write_file(tree / "a", code_like(950, 10));  // and so its hard link
    write_file(tree / "new", "new");
    write_file(tree / "sub" / "more", code_like(5000, 11));
    stdfs::remove_all(tree / "old");
    stdfs::remove(tree / "sub" / "link");
    stdfs::create_symlink("b", tree / "sub" / "link");
    set_mtime(tree, 1'300'000'000, 8);
}

bool is_staging_of(const std::string& name, const std::string& destination) {
    return name.starts_with("." + destination + ".holt-");
}

}  // namespace

bool long_tests() {
    const char* asked = std::getenv("HOLT_LONG_TESTS");
    return asked != nullptr && std::string(asked) == "1";
}

std::uint64_t step_for(std::uint64_t calls, std::uint64_t most) {
    return long_tests() ? 1 : std::max<std::uint64_t>(1, (calls + most - 1) / most);
}

bool ran_in_fresh_process() {
    if (count_entries("/proc/self/task") == 1 || std::getenv(kFreshMark) != nullptr) return false;
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string filter =
        std::string("--gtest_filter=") + test->test_suite_name() + "." + test->name();
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv(kFreshMark, "1", 1);
        ::execl("/proc/self/exe", "holt_scenario_tests", filter.c_str(),
                static_cast<char*>(nullptr));
        ::_exit(127);
    }
    EXPECT_EQ(end_of(child), 0) << "in a process of its own";
    return true;
}

void copy_tree(const stdfs::path& from, const stdfs::path& to) {
    run({"cp", "-a", "--sparse=always", from.c_str(), to.c_str()});
}

std::set<std::string> names_in(const stdfs::path& folder) {
    std::set<std::string> names;
    std::error_code ignored;
    for (const auto& entry : stdfs::directory_iterator(folder, ignored)) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

std::size_t open_descriptors() {
    return count_entries("/proc/self/fd");
}

FaultWorld::FaultWorld() {
    stdfs::create_directories(fixed());
    make_tree_one(source());
    copy_tree(source(), one());
    source_tree_ = one();
    // Beyond the window in which a file's record could not prove anything
    // (store/source/file_reading.h).
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    write_file(dir_ / "canary" / "file", "nobody touches this");
    stdfs::create_symlink("file", dir_ / "canary" / "link");
    copy_tree(dir_ / "canary", fixed() / "canary");
    const int made = in_child([&] {
        ASSERT_TRUE(Store::init((fixed() / "empty-store").string()));
        stdfs::copy(fixed() / "empty-store", store(), stdfs::copy_options::recursive);
        const auto report = snapshot("one");
        ASSERT_TRUE(report) << report.error().message();
        stdfs::rename(store(), fixed() / "store-with-one");
    });
    EXPECT_EQ(made, 0) << "the world could not be made";
}

void FaultWorld::clear() {
    for (const auto& entry : stdfs::directory_iterator(dir_.path())) {
        const std::string name = entry.path().filename().string();
        if (name != "fixed" && name != "canary" && name != "source") stdfs::remove_all(entry);
    }
}

void FaultWorld::put_empty_store() {
    clear();
    stdfs::copy(fixed() / "empty-store", store(), stdfs::copy_options::recursive);
}
void FaultWorld::put_store_with_one() {
    clear();
    stdfs::copy(fixed() / "store-with-one", store(), stdfs::copy_options::recursive);
}

void FaultWorld::use_source_two() {
    change_to_tree_two(source());
    copy_tree(source(), two());
    source_tree_ = two();
}

Store FaultWorld::open_store() {
    auto opened = Store::open(store().string());
    if (opened) return *std::move(opened);
    ADD_FAILURE() << opened.error().message();
    ::_exit(1);
}

Result<SnapshotReport> FaultWorld::snapshot(const std::string& name) {
    auto opened = Store::open(store().string());
    if (!opened) return std::unexpected(opened.error());
    return opened->snapshot(source().string(), {.name = name}, notes_);
}

Result<RestoreReport> FaultWorld::restore(const std::string& snap, const stdfs::path& to,
                                          const RestoreOptions& options) {
    auto opened = Store::open(store().string());
    if (!opened) return std::unexpected(opened.error());
    return opened->restore(snap, to.string(), options, notes_);
}

void FaultWorld::expect_store_is_whole(const std::vector<Acknowledged>& snapshots) {
    Store opened = open_store();
    const auto listed = opened.list();
    ASSERT_TRUE(listed) << listed.error().message();
    std::multiset<std::string> names, expected;
    for (const SnapshotInfo& info : *listed) names.insert(info.name);
    for (const Acknowledged& one : snapshots) expected.insert(one.snap);
    EXPECT_EQ(names, expected);
    for (const Acknowledged& one : snapshots) {
        const stdfs::path to = fixed() / ("restored-" + one.snap);
        const auto restored = opened.restore(one.snap, to.string(), {}, notes_);
        ASSERT_TRUE(restored) << restored.error().message();
        EXPECT_EQ(tree_differences(one.tree, to), std::vector<std::string>{}) << one.snap;
        stdfs::remove_all(to);
    }
    const auto verified = opened.verify({}, {}, notes_);
    ASSERT_TRUE(verified) << verified.error().message();
    for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
    EXPECT_EQ(verified->snapshots, snapshots.size());
}

void FaultWorld::expect_only_store_files(Left left) {
    static const std::set<std::string> kParts = {
        "CACHEDIR.TAG", "catalog.db", "epochs",        "packs",  "pins", "pool",
        "quarantine",   "reserve",    "snapshots.log", "spaces", "tmp"};
    std::set<std::string> names = names_in(store());
    if (left == Left::garbage_allowed) {
        names.erase("catalog.db-journal");
        std::erase_if(
            names, [](const std::string& name) { return name.find(".tmp-") != std::string::npos; });
    }
    for (const std::string& name : names) EXPECT_TRUE(kParts.contains(name)) << name;
    if (left == Left::garbage_allowed) return;
    EXPECT_EQ(names_in(store() / "tmp"), std::set<std::string>{});
    EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
}

void FaultWorld::expect_nothing_outside_changed(Left left) {
    EXPECT_EQ(tree_differences(dir_ / "canary", fixed() / "canary"), std::vector<std::string>{});
    EXPECT_EQ(tree_differences(source(), source_tree_), std::vector<std::string>{});
    static const std::set<std::string> kKnown = {"canary", "fixed", "out", "source", "store"};
    for (const std::string& name : names_in(dir_.path())) {
        const bool staging = left == Left::garbage_allowed && is_staging_of(name, "out");
        EXPECT_TRUE(kKnown.contains(name) || staging) << name;
    }
}

void FaultWorld::expect_clean_error(const Error& error, int err) {
    const std::string text = error.message();
    EXPECT_FALSE(error.operation.empty()) << text;
    EXPECT_FALSE(error.object.empty()) << text;
    EXPECT_TRUE(error.sys_errno != 0 || !error.cause.empty()) << text;
    if (err == ENOSPC || err == EDQUOT) {
        EXPECT_EQ(error.kind, ErrorKind::no_space) << text;
    } else if (err == EIO) {
        EXPECT_TRUE(error.kind == ErrorKind::failed || error.kind == ErrorKind::corrupt) << text;
    } else {
        EXPECT_EQ(error.kind, ErrorKind::failed) << text;
    }
}

}  // namespace holt::test
