// Proves: many processes that write to one store at once, some of them killed, and readers beside
// them: whatever was acknowledged restores, nothing else is visible, the store is whole; of several
// that want one name one gets it; a handle is of no use after a fork.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <holt/gc.hpp>

#include <fstream>
#include <map>
#include <utility>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Concurrency : public FaultWorld {
  protected:
    void SetUp() override {
        for (unsigned tree = 0; tree < 3; ++tree) {
            const stdfs::path path = tree_path(tree);
            for (unsigned i = 0; i < 30; ++i) {
                // Half of it is in every tree.
                const unsigned seed = i % 2 == 0 ? i : i + 1000 * tree;
                write_file(path / std::to_string(i % 4) / std::to_string(i),
                           code_like(2000 + 100 * i, seed));
            }
            write_file(path / "large", random_bytes(700'000, tree % 2));
        }
    }
    stdfs::path tree_path(unsigned tree) const {
        return fixed() / ("tree-" + std::to_string(tree));
    }

    // A line for each acknowledged snapshot: written after success, by one write.
    void acknowledge(const std::string& name, unsigned tree) {
        const int fd =
            ::open((fixed() / "acks").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        const std::string line = name + " " + std::to_string(tree) + "\n";
        EXPECT_EQ(::write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
        ::close(fd);
    }
    std::map<std::string, unsigned> acknowledged() const {
        std::map<std::string, unsigned> acks;
        std::ifstream in(fixed() / "acks");
        std::string name;
        unsigned tree = 0;
        while (in >> name >> tree) acks[name] = tree;
        return acks;
    }
    void write_some(unsigned writer, unsigned count) {
        for (unsigned n = 0; n < count; ++n) {
            const unsigned tree = (writer + n) % 3;
            const std::string name = "w" + std::to_string(writer) + "-" + std::to_string(n);
            const auto report =
                open_store().snapshot(tree_path(tree).string(), {.name = name}, notes_);
            ASSERT_TRUE(report) << report.error().message();
            acknowledge(name, tree);
        }
    }
    void read_some(unsigned reader, unsigned count) {
        for (unsigned n = 0; n < count; ++n) {
            const auto acks = acknowledged();
            const auto listed = open_store().list();
            ASSERT_TRUE(listed) << listed.error().message();
            EXPECT_GE(listed->size(), acks.size());
            if (acks.empty()) continue;
            auto one = acks.begin();
            std::advance(one, (n * 7 + reader) % acks.size());
            const stdfs::path to = fixed() / ("read-" + std::to_string(reader));
            const auto restored = open_store().restore(one->first, to.string(), {}, notes_);
            ASSERT_TRUE(restored) << restored.error().message();
            EXPECT_EQ(tree_differences(tree_path(one->second), to), std::vector<std::string>{});
            stdfs::remove_all(to);
            if (n % 4 == 0) {
                const auto verified = open_store().verify({one->first}, {}, notes_);
                ASSERT_TRUE(verified) << verified.error().message();
                EXPECT_TRUE(verified->damage.empty());
            }
        }
    }
    // Afterwards: what was acknowledged is there and right, whatever else is visible is whole.
    void expect_all_acknowledged_restore(std::size_t least) {
        const auto acks = acknowledged();
        EXPECT_GE(acks.size(), least);
        Store opened = open_store();
        for (const auto& [name, tree] : acks) {
            const auto restored = opened.restore(name, out().string(), {}, notes_);
            ASSERT_TRUE(restored) << restored.error().message();
            EXPECT_EQ(tree_differences(tree_path(tree), out()), std::vector<std::string>{});
            stdfs::remove_all(out());
        }
        const auto verified = opened.verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
        EXPECT_TRUE(opened.snapshot(source().string(), {}, notes_));
        EXPECT_EQ(names_in(store() / "pins"), std::set<std::string>{});
    }
};

TEST_F(Concurrency, WritersAndReadersTogether) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    std::vector<pid_t> children;
    for (unsigned writer = 0; writer < 4; ++writer)
        children.push_back(start_child([&, writer] { write_some(writer, 6); }));
    for (unsigned reader = 0; reader < 2; ++reader)
        children.push_back(start_child([&, reader] { read_some(reader, 12); }));
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(in_child([&] { expect_all_acknowledged_restore(24); }), 0);
}

// Holds a snapshot up where it has read everything and committed nothing.
class HeldUp : public NoteKeeper {
  public:
    HeldUp(int tell, int wait) : tell_(tell), wait_(wait) {}
    void progress(const Progress&) override {
        char byte = 0;
        if (std::exchange(told_, true)) return;
        EXPECT_EQ(::write(tell_, &byte, 1), 1);
        EXPECT_EQ(::read(wait_, &byte, 1), 1);
    }

  private:
    int tell_, wait_;
    bool told_ = false;
};

// What is new to two snapshots at once is stored by both, counted once, and merged by gc.
TEST_F(Concurrency, TwoSnapshotsOfOneTreeIntoAnEmptyStore) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    // So few files that they are read before the first word of progress.
    const stdfs::path tree = out() / "tree";
    for (unsigned i = 0; i < 20; ++i) write_file(tree / std::to_string(i), random_bytes(10'000, i));
    int there[2], go[2];
    ASSERT_EQ(::pipe2(there, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(go, O_CLOEXEC), 0);
    const auto take = [&](const std::string& name, Observer& observer) {
        const auto report = open_store().snapshot(tree.string(), {.name = name}, observer);
        ASSERT_TRUE(report) << report.error().message();
    };
    const pid_t first = start_child([&] {
        HeldUp observer(there[1], go[0]);
        take("first", observer);
    });
    char byte = 0;
    ASSERT_EQ(::read(there[0], &byte, 1), 1);
    EXPECT_EQ(in_child([&] { take("second", notes_); }), 0);
    ASSERT_EQ(::write(go[1], &byte, 1), 1);
    EXPECT_EQ(end_of(first), 0);
    for (const int fd : {there[0], there[1], go[0], go[1]}) ::close(fd);
    EXPECT_EQ(in_child([&] {
                  Store opened = open_store();
                  const auto before = opened.stats();
                  ASSERT_TRUE(before) << before.error().message();
                  const auto collected = opened.gc({}, notes_);
                  ASSERT_TRUE(collected) << collected.error().message();
                  const auto after = opened.stats();
                  ASSERT_TRUE(after) << after.error().message();
                  // 20 files and their folder, and a record of each snapshot.
                  EXPECT_EQ(before->chunks, 23u);
                  EXPECT_EQ(before->duplicate_chunks, 21u);
                  EXPECT_GT(before->duplicate_bytes, 200'000u);
                  EXPECT_LT(before->duplicate_bytes, before->chunk_bytes);
                  EXPECT_EQ(after->chunks, 23u);
                  EXPECT_EQ(after->chunk_bytes, before->chunk_bytes);
                  EXPECT_EQ(after->duplicate_chunks, 0u);
                  EXPECT_LT(after->pack_bytes, before->pack_bytes * 3 / 4);
                  for (const char* name : {"first", "second"}) {
                      const auto to = out() / name;
                      ASSERT_TRUE(opened.restore(name, to.string(), {}, notes_));
                      EXPECT_EQ(tree_differences(tree, to), std::vector<std::string>{});
                  }
              }),
              0);
}

TEST_F(Concurrency, WritersAreKilledMeanwhile) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    std::vector<pid_t> children;
    for (unsigned writer = 0; writer < 2; ++writer)
        children.push_back(start_child([&, writer] { write_some(writer, 10); }));
    for (unsigned reader = 0; reader < 2; ++reader)
        children.push_back(start_child([&, reader] { read_some(reader, 20); }));
    // Killed before one system call or another, as it comes with the others beside it.
    for (unsigned victim = 10; victim < 40; ++victim) {
        const int end = in_child([&] {
            const fs::ScopedFaultPlan plan(
                {{.nth = 20 + (victim * 37) % 900, .action = fs::Fault::Action::kill}});
            write_some(victim, 3);
        });
        EXPECT_TRUE(end == kKilled || end == 0) << end;
    }
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(in_child([&] { expect_all_acknowledged_restore(20); }), 0);
}

// A catalog that is rebuilt beside writers must not miss what they commit meanwhile.
TEST_F(Concurrency, RepairBesideWriters) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    std::vector<pid_t> children;
    for (unsigned writer = 0; writer < 2; ++writer)
        children.push_back(start_child([&, writer] { write_some(writer, 15); }));
    children.push_back(start_child([&] {
        for (int round = 0; round < 15; ++round) {
            const auto repaired = Store::repair(store().string(), {}, notes_);
            ASSERT_TRUE(repaired) << repaired.error().message();
            EXPECT_TRUE(repaired->quarantined.empty());
            EXPECT_TRUE(repaired->damage.empty());
        }
    }));
    for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
    EXPECT_EQ(in_child([&] { expect_all_acknowledged_restore(30); }), 0);
}

TEST_F(Concurrency, OneOfManyGetsTheName) {
    if (ran_in_fresh_process()) return;
    for (int round = 0; round < 5; ++round) {
        put_empty_store();
        constexpr int kWon = 50, kTaken = 51;
        std::vector<pid_t> children;
        for (unsigned writer = 0; writer < 5; ++writer) {
            children.push_back(start_child([&, writer] {
                const auto report =
                    open_store().snapshot(tree_path(writer % 3).string(), {.name = "same"}, notes_);
                if (report) acknowledge("same", writer % 3);
                EXPECT_TRUE(report || report.error().kind == ErrorKind::usage);
                ::_exit(report ? kWon : HasFailure() ? 1 : kTaken);
            }));
        }
        std::map<int, int> ends;
        for (const pid_t child : children) ++ends[end_of(child)];
        EXPECT_EQ(ends, (std::map<int, int>{{kWon, 1}, {kTaken, 4}}));
        EXPECT_EQ(in_child([&] { expect_all_acknowledged_restore(1); }), 0);
    }
}

TEST_F(Concurrency, ManyMakeTheSameStore) {
    if (ran_in_fresh_process()) return;
    for (int round = 0; round < 10; ++round) {
        clear();
        std::vector<pid_t> children;
        for (unsigned writer = 0; writer < 4; ++writer) {
            children.push_back(start_child([&] { (void)Store::init(store().string()); }));
        }
        for (const pid_t child : children) EXPECT_EQ(end_of(child), 0);
        const int end = in_child([&] {
            // Where each was in the way of the other, it is made now.
            if (!Store::open(store().string())) {
                const auto made = Store::init(store().string());
                ASSERT_TRUE(made) << made.error().message();
            }
            ASSERT_TRUE(snapshot("one"));
            expect_store_is_whole({{"one", one()}});
        });
        EXPECT_EQ(end, 0);
    }
}

TEST_F(Concurrency, TwoRestoresToOneDestination) {
    if (ran_in_fresh_process()) return;
    for (int round = 0; round < 40; ++round) {
        const bool force = round % 2 == 1;
        put_store_with_one();
        if (force) write_file(out() / "mine", "mine");
        int start[2];
        ASSERT_EQ(::pipe2(start, O_CLOEXEC), 0);
        const auto body = [&] {
            ::close(start[1]);
            char byte = 0;
            (void)!::read(start[0], &byte, 1);  // both begin when the pipe is closed
            const auto report = restore("one", out(), {.force = force, .remove_extra = force});
            ::_exit(report ? 50 : 51);
        };
        const pid_t first = start_child(body), second = start_child(body);
        ::close(start[0]);
        ::close(start[1]);
        const int ends[] = {end_of(first), end_of(second)};
        EXPECT_TRUE(ends[0] >= 50 && ends[1] >= 50) << ends[0] << " " << ends[1];
        if (ends[0] == 50 || ends[1] == 50) {
            EXPECT_EQ(tree_differences(one(), out()), std::vector<std::string>{});
        } else {
            EXPECT_TRUE(force);  // each saw the other; nothing was begun
            EXPECT_EQ(names_in(out()), std::set<std::string>{"mine"});
        }
        EXPECT_EQ(in_child([&] { expect_nothing_outside_changed(Left::clean); }), 0);
    }
}

TEST_F(Concurrency, AHandleRefusesAfterAFork) {
    if (ran_in_fresh_process()) return;
    put_store_with_one();
    const int end = in_child([&] {
        Store opened = open_store();
        const int inner = in_child([&] {
            const auto refused = [](const auto& result) {
                EXPECT_FALSE(result);
                if (result) return;
                EXPECT_NE(result.error().cause.find("fork"), std::string::npos);
            };
            refused(opened.list());
            refused(opened.find("one"));
            refused(opened.stats());
            refused(opened.snapshot(source().string(), {}, notes_));
            refused(opened.restore("one", out().string(), {}, notes_));
            refused(opened.verify({}, {}, notes_));
            refused(opened.ls("one", "", {}, [](const EntryInfo&) {}));
            EXPECT_TRUE(open_store().list());  // one of its own works
        });
        EXPECT_EQ(inner, 0);
        EXPECT_TRUE(opened.list());
    });
    EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace holt::test
