// What `holt restore` makes of a destination in a store, above one, or that others restore to.
#include <sys/stat.h>
#include <unistd.h>

#include "cli/destination_world.h"

namespace holt::test {
namespace {

// --- the store's own folders ------------------------------------------------------------------

TEST_F(DestinationCli, NothingIsRestoredIntoAStore) {
    snapshot({"--name", "one"});
    shell("holt -q export one a.tar; ln -s store/packs link; holt init -q s2; mkdir s2/sub");
    const std::string before = shell("find store s2 | sort").out;
    for (const std::string destination :
         {"store", "store/new", "store/packs", "store/packs/new", "store/tmp", "store/pins/x",
          "link/new", "store/packs/../x", "s2/sub", "s2/new"}) {
        for (const std::string command :
             {"restore one ", "restore one --force ", "restore one --force --delete ",
              "restore one --force --delete --atomic ", "restore one --dry-run ", "restore a.tar ",
              "restore a.tar --force "}) {
            const Finished done = shell("holt " + command + destination);
            EXPECT_EQ(done.code, 2) << command << destination << done.err;
        }
    }
    for (const std::string file : {"store/x.tar", "store/packs/x.tar", "link/x.tar"})
        EXPECT_EQ(shell("holt export one " + file).code, 2) << file;
    EXPECT_EQ(shell("cd store/packs && holt restore one .").code, 2);
    EXPECT_EQ(shell("find store s2 | sort").out, before);
    EXPECT_EQ(run({"verify"}).code, 0);
}

TEST_F(DestinationCli, NothingIsRestoredIntoAStoreByABindMount) {
    NEEDS("mounts", "mkdir -p m1 m2 && mount --bind store m1 && mount --bind store/packs m2");
    snapshot({"--name", "one"});
    const Finished done = shell(
        "mount --bind store m1; mount --bind store/packs m2;"
        "for d in m1 m1/new m1/packs m2 m2/new; do holt restore --force one $d; echo $?; done;"
        "holt export one m2/x.tar; echo $?; holt verify > /dev/null; echo $?");
    EXPECT_EQ(done.out, "2\n2\n2\n2\n2\n2\n0\n") << done.err;
}

// A folder that the store lies in: nothing of the store is removed, or written over.
TEST_F(DestinationCli, TheStoreInADestinationIsKept) {
    shell(
        "mkdir -p in/sub && mv store in/sub/store; ln -s in/sub/store store;"
        "mkdir t2; echo file > t2/sub; mkdir -p t3/sub/store; echo x > t3/sub/store/catalog.db;"
        "mkdir -p t4/sub; echo fine > t4/sub/fine");
    for (const std::string tree : {"t2", "t3", "t4"})
        ASSERT_EQ(run({"snapshot", "-q", tree, "--name", tree}).code, 0);
    const Finished done = shell(
        "holt restore --force --delete t4 in; echo $?;"
        "holt restore --force --delete --atomic t4 in; echo $?;"
        "holt restore --force t2 in; echo $?; holt restore --force t3 in; echo $?;"
        "holt restore --force t4 in; echo $?; holt verify > /dev/null; echo $?; cat in/sub/fine");
    EXPECT_EQ(done.out, "2\n2\n2\n2\n0\n0\nfine\n") << done.err;
}

// --- two at once ------------------------------------------------------------------------------

// The one that comes second waits as long as it was told to, and hears who it waits for. When the
// first is done in time, it finds a folder that is right.
TEST_F(DestinationCli, TheSecondRestoreToANewFolderWaits) {
    snapshot({"--name", "one"});
    for (const std::string kind : {"absent", "empty"}) {
        SCOPED_TRACE(kind);
        const std::string prepare = "rm -rf d; " + std::string(kind == "empty" ? "mkdir d;" : "");
        // A restore that is at work, as the others see it.
        const Finished done = shell(
            prepare +
            "mkdir -m 700 .d.holt-partial-00000000; exec 9< .d.holt-partial-00000000; flock 9;"
            "time=$(date +%s%N); holt --lock-timeout 0 restore one d; echo $?;"
            "holt --lock-timeout 0.3 restore one d; echo $?;"
            "test $(($(date +%s%N) - time)) -ge 300000000 && echo waited;"
            "(sleep 0.3; rmdir .d.holt-partial-00000000; flock -u 9) &"
            "holt restore one d 9<&-; echo $?; wait; ls -A | tr '\\n' ' '");
        EXPECT_EQ(done.out, "11\n11\nwaited\n0\nd store tree ") << done.err;
        EXPECT_TRUE(has(done.err, "held by pid")) << done.err;
    }
    const Finished raced = shell(
        "rm -rf d; for i in 1 2 3 4 5 6; do holt -q restore one d & pids=\"$pids $!\"; done;"
        "for p in $pids; do wait $p; echo -n $?; done; ls -A | tr '\\n' ' '; holt -q diff one d");
    EXPECT_EQ(raced.out, "000000d store tree ") << raced.err;
}

// SIGTERM is heard while it waits.
TEST_F(DestinationCli, ARestoreThatWaitsCanBeStopped) {
    snapshot({"--name", "one"});
    const Finished done = shell(
        "mkdir -m 700 .d.holt-partial-00000000; exec 9< .d.holt-partial-00000000; flock 9;"
        "'" HOLT_PROGRAM
        "' restore one d 9<&- & sleep 0.5; kill -TERM $!; wait $!; echo $?; ls -A | tr '\\n' ' '");
    EXPECT_EQ(done.out, "143\n.d.holt-partial-00000000 store tree ") << done.err;
}

// One that replaces, and one that waits for the folder that is replaced.
TEST_F(DestinationCli, ReplacingAndMendingOneFolderAtOnce) {
    snapshot({"--name", "one"});
    const Finished raced = shell(
        "holt -q restore one d; for i in 1 2 3 4 5 6; do echo x >> d/README;"
        " holt -q restore --atomic one d & a=$!; holt -q restore one d & b=$!;"
        " wait $a; echo -n $?; wait $b; echo -n $?; done; ls -A | tr '\\n' ' '; holt -q diff one "
        "d");
    EXPECT_EQ(raced.out, "000000000000d store tree ") << raced.err;
}

}  // namespace
}  // namespace holt::test
