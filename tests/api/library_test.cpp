// What an embedder is promised: handles that threads share, visitors that stop, advice as a code,
// nothing thrown, nothing of the process changed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tbb/global_control.h>
#include <unistd.h>
#include <holt/archive.hpp>
#include <holt/gc.hpp>
#include <holt/retention.hpp>
#include <holt/snapshot.hpp>
#include <holt/zstd.hpp>

#include <array>
#include <atomic>
#include <clocale>
#include <csignal>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cli/output/advice.h"
#include "support/store_fixture.h"

namespace holt {
namespace {

namespace fs = std::filesystem;

class LibraryTest : public test::StoreTest {
  protected:
    LibraryTest() {
        test::write_file(source_ / "a.txt", "a\n");
        test::write_file(source_ / "lib/big", test::random_bytes(3'000'000, 1));
        for (int i = 0; i < 40; ++i)
            test::write_file(source_ / ("many/" + std::to_string(i)), test::code_like(5'000, i));
    }
};

using SnapshotHandle = LibraryTest;

// Each piece, however it lies across chunks, is what the file has there; behind the end is nothing.
TEST_F(SnapshotHandle, BytesAreReadAtAnyOffset) {
    snapshot({.name = "one"});
    auto opened = store_.open_snapshot("one");
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(opened->info().name, "one");
    const std::string whole = test::read_file(source_ / "lib/big");
    for (const std::size_t offset : {0ul, 1ul, 262'143ul, 999'999ul, 2'999'990ul, 3'000'000ul}) {
        std::vector<std::uint8_t> bytes(500'000, 0xEE);
        const auto got = opened->read_at("lib/big", offset, bytes);
        ASSERT_TRUE(got) << got.error().message();
        ASSERT_EQ(*got, std::min<std::size_t>(bytes.size(), whole.size() - offset)) << offset;
        EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*got)),
                  whole.substr(offset, *got))
            << offset;
    }
    std::array<std::uint8_t, 4> few{};
    EXPECT_EQ(opened->read_at("lib/big", UINT64_MAX, few).value(), 0u);
    EXPECT_EQ(opened->read_at("lib", 0, few).error().kind, ErrorKind::usage);
    EXPECT_EQ(opened->stat("none").error().kind, ErrorKind::not_found);
    EXPECT_EQ(opened->stat("/lib/./big").value().path, "lib/big");
}

// What is being read is not given back, whoever forgets it and collects meanwhile.
TEST_F(SnapshotHandle, AnOpenSnapshotStaysReadableWhenItIsForgotten) {
    snapshot({.name = "one"});
    auto impatient = Store::open((dir_ / "store").string(), {.lock_timeout = {}});
    ASSERT_TRUE(impatient);
    {
        auto opened = store_.open_snapshot("one");
        ASSERT_TRUE(opened);
        ASSERT_TRUE(store_.forget({.snaps = {"one"}}));
        const auto collected = impatient->gc({}, notes_);
        ASSERT_TRUE(collected) << collected.error().message();
        EXPECT_GT(collected->waiting_packs, 0u);
        std::array<std::uint8_t, 2> bytes{};
        const auto got = opened->read_at("a.txt", 0, bytes);
        ASSERT_TRUE(got) << got.error().message();
        EXPECT_EQ(bytes[0], 'a');
    }
    const auto collected = impatient->gc({}, notes_);
    ASSERT_TRUE(collected) << collected.error().message();
    EXPECT_EQ(collected->waiting_packs, 0u);
    EXPECT_EQ(collected->packs_after, 0u);
}

using Visitors = LibraryTest;

// `stop` ends the operation early, and is no error.
TEST_F(Visitors, AVisitorThatHasEnoughEndsTheOperation) {
    snapshot({.name = "one"});
    int listed = 0;
    ASSERT_TRUE(store_.ls("one", "", {.recursive = true}, [&](const EntryInfo&) {
        return ++listed == 3 ? Visit::stop : Visit::more;
    }));
    EXPECT_EQ(listed, 3);
    int found = 0;
    ASSERT_TRUE(store_.find_entries(
        {.glob = "many/*"},
        [&](const FoundEntry&) { return ++found == 2 ? Visit::stop : Visit::more; }, notes_));
    EXPECT_EQ(found, 2);
    fs::create_directory(dir_ / "empty");
    int different = 0;
    const auto report = store_.diff(
        "one", (dir_ / "empty").string(), {},
        [&](const DiffEntry&) { return ++different == 1 ? Visit::stop : Visit::more; }, notes_);
    ASSERT_TRUE(report);
    EXPECT_EQ(different, 1);
    EXPECT_EQ(report->added + report->removed + report->changed, 1u);
}

// A lambda without a result sees everything, as before.
TEST_F(Visitors, AVisitorThatReturnsNothingSeesAll) {
    snapshot({.name = "one"});
    int listed = 0;
    ASSERT_TRUE(store_.ls("one", "many", {.recursive = true}, [&](const EntryInfo&) { ++listed; }));
    EXPECT_EQ(listed, 41);
}

using Exceptions = LibraryTest;

// What a caller's function throws comes back as an error, from whatever thread it was called.
TEST_F(Exceptions, WhatACallersFunctionThrowsIsAnError) {
    class Throwing final : public Observer {
      public:
        void progress(const Progress&) override { throw std::runtime_error("no progress"); }
    };
    Throwing observer;
    const auto taken = store_.snapshot(source_.string(), {.name = "one"}, observer);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, ErrorKind::failed);
    EXPECT_EQ(taken.error().cause, "no progress");
    // Nothing of it stays, and nothing stays locked.
    EXPECT_EQ(store_.list().value().size(), 0u);
    snapshot({.name = "one"});
    const Status listed = store_.ls("one", "", {}, [](const EntryInfo&) { throw 1; });
    ASSERT_FALSE(listed);
    const Status written =
        store_.cat("one", "a.txt", [](std::string_view) -> Status { throw std::bad_alloc(); });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().sys_errno, ENOMEM);
}

// A library does not know how it is asked: its words name no option, and the program has words of
// its own for each code that needs them.
TEST(AdviceWords, NameNoOptionInTheLibraryAndTheRightOneInTheProgram) {
    int codes = 0;
    for (unsigned number = 1; number < 200; ++number) {
        const auto advice = static_cast<Advice>(number);
        const std::string_view library = words(advice);
        if (library.empty()) continue;
        ++codes;
        EXPECT_EQ(library.find("--"), std::string_view::npos) << library;
        EXPECT_EQ(library.find("`holt"), std::string_view::npos) << library;
        const Error ours = cli::in_our_words(
            {.advice = std::string(library), .advice_code = advice, .advice_value = 0});
        EXPECT_FALSE(ours.advice.empty());
    }
    EXPECT_GT(codes, 55);
    const Error force = cli::in_our_words({.advice_code = Advice::allow_overwrite});
    EXPECT_NE(force.advice.find("--force"), std::string::npos);
    const Error memory =
        cli::in_our_words({.advice_code = Advice::allow_memory, .advice_value = 512});
    EXPECT_EQ(memory.advice, "if you trust it, allow it with --memory=512MiB");
}

using Threads = LibraryTest;

// One handle, eight threads, each doing something else again and again.
TEST_F(Threads, EightOfThemShareAHandle) {
    snapshot({.name = "one"});
    constexpr int kThreads = 8, kRounds = 3;
    std::vector<std::string> failures(kThreads);
    std::vector<std::thread> threads;
    for (int number = 0; number < kThreads; ++number) {
        threads.emplace_back([&, number] {
            Observer silent;
            const auto say = [&](const auto& result) {
                if (!result) failures[static_cast<std::size_t>(number)] += result.error().message();
            };
            for (int round = 0; round < kRounds; ++round) {
                const std::string own = std::to_string(number) + "-" + std::to_string(round);
                const std::string out = (dir_ / ("out-" + own)).string();
                switch (number) {
                    case 0:
                    case 1:
                        say(store_.restore("one", out, {.threads = 2}, silent));
                        break;
                    case 2:
                    case 3:
                        say(store_.snapshot(source_.string(), {.name = "n" + own, .threads = 2},
                                            silent));
                        break;
                    case 4:
                        say(store_.list());
                        say(store_.stats());
                        break;
                    case 5:
                        say(store_.verify({}, {}, silent));
                        break;
                    case 6:
                        say(store_.export_to({"one"}, {.path = out + ".tar.zst"}, {}, silent));
                        break;
                    default:
                        say(store_.diff(
                            "one", source_.string(), {}, [](const DiffEntry&) {}, silent));
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& failure : failures) EXPECT_EQ(failure, "");
    expect_same_tree(source_, dir_ / "out-0-0");
    EXPECT_EQ(store_.list().value().size(), 1u + 2 * kRounds);
}

using Processes = LibraryTest;

// A handle refuses in the child of a fork; stores opened there work, several processes at once.
TEST_F(Processes, ChildrenOpenTheStoreAnew) {
    snapshot({.name = "one"});
    constexpr int kChildren = 4;
    std::vector<pid_t> children;
    for (int number = 0; number < kChildren; ++number) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child > 0) {
            children.push_back(child);
            continue;
        }
        Observer silent;
        const auto old = store_.list();
        auto opened = Store::open(store_.path());
        const bool right =
            !old && old.error().cause.find("fork") != std::string::npos && opened &&
            opened->find("one").has_value() &&
            opened
                ->snapshot(source_.string(),
                           {.name = "child-" + std::to_string(number), .threads = 1}, silent)
                .has_value();
        ::_exit(right ? 0 : 1);
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(store_.list().value().size(), 1u + kChildren);
}

/// What a process has that a library could change.
struct ProcessState {
    mode_t umask = 0;
    std::string folder, locale;
    std::size_t tbb_threads = 0;
    std::vector<void (*)(int)> handlers;
    sigset_t blocked{};

    static ProcessState now() {
        ProcessState state;
        state.umask = ::umask(022);
        ::umask(state.umask);
        state.folder = fs::current_path().string();
        state.locale = std::setlocale(LC_ALL, nullptr);
        state.tbb_threads =
            tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
        for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGXFSZ, SIGCHLD}) {
            struct sigaction action {};
            ::sigaction(signal, nullptr, &action);
            state.handlers.push_back(action.sa_handler);
        }
        return state;
    }
    bool operator==(const ProcessState& other) const {
        return umask == other.umask && folder == other.folder && locale == other.locale &&
               tbb_threads == other.tbb_threads && handlers == other.handlers;
    }
};

// Asked while operations run, too: a zstd call once set the number of threads that all of oneTBB
// in the process may have, for as long as it took.
TEST_F(Processes, NothingOfTheProcessIsChanged) {
    const ProcessState before = ProcessState::now();
    class Watching final : public Observer {
      public:
        explicit Watching(const ProcessState& state) : before(state) {}
        void progress(const Progress&) override {
            const std::size_t now =
                tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
            changed = changed || now != before.tbb_threads;
            ++asked;
        }
        const ProcessState& before;
        bool changed = false;
        int asked = 0;
    } watching(before);
    ASSERT_TRUE(store_.snapshot(source_.string(), {.name = "one", .threads = 3}, watching));
    ASSERT_TRUE(store_.restore("one", (dir_ / "out").string(), {.threads = 3}, watching));
    const std::string input = (source_ / "lib/big").string();
    ASSERT_TRUE(zstd_file(input, (dir_ / "big.zst").string(), {.threads = 4}, watching));
    EXPECT_GT(watching.asked, 0);
    EXPECT_FALSE(watching.changed);
    EXPECT_TRUE(ProcessState::now() == before);
}

}  // namespace
}  // namespace holt
