// What `holt restore` makes of a destination that is not a plain new folder: one that cannot be
// replaced or emptied, that other users lead elsewhere, that is a fresh file system, or that is
// gone.
#include <sys/stat.h>
#include <unistd.h>

#include "cli/destination_world.h"

namespace holt::test {
namespace {

// --- what cannot be removed or moved ---------------------------------------------------------

constexpr const char* kImmutable =
    "touch probe-i && chattr +i probe-i && { chattr -i probe-i; rm probe-i; }";

// The new tree is in place, the old one is not gone: that is told, by its path, and by the exit
// code. The next run removes it, whichever way it restores.
TEST_F(DestinationCli, AnOldTreeThatCannotBeRemovedIsTold) {
    NEEDS("immutable files", kImmutable);
    snapshot({"--name", "one"});
    for (const std::string next : {"restore one d", "restore --atomic one d"}) {
        SCOPED_TRACE(next);
        const Finished done = shell(
            "holt -q restore one d && echo more > d/more && chattr +i d/more &&"
            "holt restore --atomic one d; code=$?;"
            "echo $code $(ls -d .d.*) $(ls d | wc -l);"
            "holt " +
            next +
            "; echo $?;"
            "chattr -i .d.*/more; holt " +
            next + "; echo $?; ls -A | tr '\\n' ' '; rm -r d");
        EXPECT_TRUE(done.out.starts_with("3 .d.holt-partial-")) << done.out << done.err;
        EXPECT_TRUE(has(done.out, " 5\n3\n0\nd store tree ")) << done.out << done.err;
        EXPECT_TRUE(has(done.err, "remove what is no longer needed")) << done.err;
        EXPECT_TRUE(has(done.err, "more")) << done.err;
        EXPECT_TRUE(has(done.err, "not permitted")) << done.err;
    }
}

// In place, a folder that is in the way is moved aside, and what cannot be removed then stays.
TEST_F(DestinationCli, WhatWasMovedAsideAndCannotBeRemovedIsTold) {
    NEEDS("immutable files", kImmutable);
    snapshot({"--name", "one"});
    const Finished done = shell(
        "holt -q restore one d && rm d/README && mkdir d/README && echo x > d/README/x &&"
        "chattr +i d/README/x; holt restore one d; echo $?; cmp d/README tree/README && echo right;"
        "holt verify ./d; echo $?;"
        "chattr -i d/.d.*/README/x d/.d.*/*/x; holt restore one d; echo $?; holt -q verify ./d;"
        "echo $?; ls -A d | wc -l");
    EXPECT_EQ(done.out, "3\nright\n3\n0\n0\n5\n") << done.err;
    EXPECT_TRUE(has(done.err, "not permitted")) << done.err;
}

constexpr const char* kOverlay =
    "mkdir -p ov/m ov/l ov/u ov/w && mount -t overlay overlay "
    "-o lowerdir=ov/l,upperdir=ov/u,workdir=ov/w ov/m";

// A folder of an overlay's lower layer can be renamed in no way: that is said before the new tree
// is built, nothing is left behind, and everything but --atomic works there.
TEST_F(DestinationCli, OnAnOverlayALowerFolderIsMendedAndNotReplaced) {
    NEEDS("an overlay", kOverlay);
    stdfs::remove_all(path("ov"));
    snapshot({"--name", "one"});
    shell(
        "echo other > tree/other; rm -r tree/src; mkdir tree/README2; holt -q snapshot tree --name "
        "two");
    const std::string mounted =
        "mkdir -p ov/m ov/l ov/u ov/w; holt -q restore one ov/l/d; mkdir ov/l/empty;"
        "mount -t overlay overlay -o lowerdir=ov/l,upperdir=ov/u,workdir=ov/w ov/m;";
    const Finished atomic = shell(
        mounted + "holt restore --force --delete --atomic two ov/m/d; echo $?; ls -A ov/m ov/m/d");
    EXPECT_EQ(atomic.out, "1\nov/m:\nd\nempty\n\nov/m/d:\nREADME\nempty\nlink\nsecond\nsrc\n");
    EXPECT_TRUE(has(atomic.err, "overlay")) << atomic.err;
    EXPECT_TRUE(has(atomic.err, "restore without --atomic")) << atomic.err;
    stdfs::remove_all(path("ov"));
    const Finished others = shell(
        mounted +
        // In place, also with a folder of the lower layer in the way of a file.
        "mkdir -p ov/l/d/other/sub; umount ov/m; mount -t overlay overlay "
        "-o lowerdir=ov/l,upperdir=ov/u,workdir=ov/w ov/m;"
        "holt -q restore --force --delete two ov/m/d; echo $?; holt diff two ov/m/d; echo $?;"
        "holt -q restore one ov/m/empty; echo $?; holt diff one ov/m/empty; echo $?;"
        // What is of the upper layer alone is replaced in one step.
        "holt -q restore one ov/m/new; echo $?; holt -q restore --atomic two ov/m/new; echo $?;"
        "holt diff two ov/m/new; echo $?;"
        "holt -q restore --force one ov/m/d; echo $?; ls -A ov/m | tr '\\n' ' '");
    EXPECT_EQ(others.out, "0\n0\n0\n0\n0\n0\n0\n0\nd empty new ") << others.err;
}

// --- links of other users --------------------------------------------------------------------

// Whoever owns a symlink on the way could lead the restore anywhere.
TEST_F(DestinationCli, ASymlinkOfAnotherUserIsNotFollowed) {
    if (!root()) GTEST_SKIP() << "needs root";
    snapshot({"--name", "one"});
    shell(
        "mkdir -p theirs secret; echo keep > secret/keep; chown 65534 theirs;"
        "ln -s ../secret theirs/link; ln -s . theirs/here; chown -h 65534 theirs/link theirs/here");
    for (const std::string command :
         {"restore --force one theirs/link", "restore --force --delete one theirs/link",
          "restore one theirs/link/new", "restore --force one theirs/here/link/",
          "restore one theirs/here/new", "restore one theirs/link/../new", "init theirs/link/s2",
          "export one theirs/link/x.tar", "restore one --dry-run theirs/link/new"}) {
        const Finished done = shell("holt " + command);
        EXPECT_EQ(done.code, 12) << command << done.err;
        EXPECT_TRUE(has(done.err, "another user")) << done.err;
    }
    const Finished archive = shell(
        "holt -q export one a.tar; holt restore a.tar theirs/link --force; echo $?;"
        "mkfifo secret/pipe; ln -s ../secret/pipe theirs/out.tar; chown -h 65534 theirs/out.tar;"
        "timeout 20 '" HOLT_PROGRAM "' export one theirs/out.tar --force; echo $?");
    EXPECT_EQ(names("secret"), (Names{"keep", "pipe"}));
    EXPECT_EQ(archive.out, "12\n12\n") << archive.err;
    // One's own, root's, and the magic ones of /proc are.
    const Finished own = shell(
        "mkdir real sub; ln -s real own; ln -s .. sub/up; holt -q restore one own; echo $?;"
        "holt -q restore one sub/up/own2; echo $?; mkdir third; exec 7< third;"
        "holt -q restore one /proc/self/fd/7 <&7; echo $?; diff -r real third && diff -r real "
        "own2");
    EXPECT_EQ(own.code, 0) << own.out << own.err;
    EXPECT_EQ(own.out, "0\n0\n0\n") << own.err;
}

// An ordinary user is led nowhere either.
TEST_F(DestinationCli, AnOrdinaryUserFollowsRootsLinksAndItsOwn) {
    if (!root()) GTEST_SKIP() << "needs root";
    snapshot({"--name", "one"});
    ::chmod(dir_.path().c_str(), 0777);
    stdfs::create_directory_symlink(path("mine"), path("of-root"));
    stdfs::create_directory_symlink(path("mine"), path("of-other"));
    ASSERT_EQ(::lchown(path("of-other").c_str(), 1, 1), 0);
    const auto as_nobody = [&](const std::string& destination) {
        return end_of(start_child([&] {
            become_nobody();
            ::execl(HOLT_PROGRAM, "holt", "-q", "--store", store().c_str(), "restore", "one",
                    "--force", destination.c_str(), static_cast<char*>(nullptr));
        }));
    };
    ASSERT_EQ(::chmod(store().c_str(), 0755), 0);
    EXPECT_EQ(as_nobody(path("mine")), 0);
    EXPECT_EQ(as_nobody(path("of-root")), 0);
    EXPECT_EQ(as_nobody(path("of-other")), 12);
    EXPECT_EQ(as_nobody(path("of-other/new")), 12);
    EXPECT_EQ(as_nobody(path("of-root/new")), 0);
}

// --- what a failure leaves, and what verify says ----------------------------------------------

// A restore in place that fails before it changed anything leaves no trace, not even a time.
TEST_F(DestinationCli, AFailedRestoreLeavesTheRootsTime) {
    snapshot({"--name", "one"});
    const Finished done = shell(
        "holt -q restore one d; echo x > d/README; touch -d 2001-02-03 d; chmod 0555 d;"
        "mkdir empty; touch -d 2001-02-03 empty;"
        "for p in $(find store/packs -name '*.pack'); do chmod u+w $p;"
        " printf XXXXXXXXXXXXXXXX | dd of=$p bs=1 seek=60 conv=notrunc 2> /dev/null; done;"
        "holt restore one d; echo $?; holt restore --force one d; echo $?;"
        "holt restore --atomic one d; echo $?;"
        "(cd empty; holt restore one .; echo $?);"
        "stat -c '%a %y' d empty | cut -c1-14; ls -A | tr '\\n' ' '; ls -A d empty | grep holt");
    EXPECT_EQ(done.out, "14\n14\n14\n14\n555 2001-02-03\n755 2001-02-03\nd empty store tree ")
        << done.err;
}

// What an earlier run left half done stays marked, also when the next one fails early.
TEST_F(DestinationCli, TheMarkOfAnInterruptedRestoreOutlivesAFailedOne) {
    snapshot({"--name", "one"});
    const Finished done = shell(
        "holt -q restore one d; echo x > d/README; mkdir d/.d.holt-partial-0123abcd;"
        "for p in $(find store/packs -name '*.pack'); do chmod u+w $p; cp -a $p $p.kept;"
        " printf XXXXXXXXXXXXXXXX | dd of=$p bs=1 seek=60 conv=notrunc 2> /dev/null; done;"
        "holt restore one d; echo $?; ls -d d/.d.holt-partial-* | wc -l;"
        "for p in $(find store/packs -name '*.pack'); do mv $p.kept $p; done;"
        "holt restore one d; echo $?; holt verify ./d; echo $?; ls -A d | wc -l");
    EXPECT_EQ(done.out, "14\n1\n0\n0\n5\n") << done.err;
}

// `verify DIR` that finds no difference, and a restore that was interrupted: 3, not 0.
TEST_F(DestinationCli, VerifyOfAnInterruptedRestoreIsPartial) {
    snapshot({"--name", "one"});
    const Finished done = shell(
        "holt -q restore one d; holt -q verify ./d; echo $?; mkdir d/.d.holt-partial-0123abcd;"
        "touch -r tree d; holt verify ./d; echo $?; holt verify ./d --json | grep -c "
        "'\"warnings\":1';"
        "echo x > d/README; holt -q verify ./d > /dev/null; echo $?;"
        "holt -q restore one d; echo $?; holt -q verify ./d; echo $?");
    EXPECT_EQ(done.out, "0\n3\n1\n1\n0\n0\n") << done.err;
    EXPECT_TRUE(has(done.err, "did not come to its end")) << done.err;
}

// --- folders that are not what they seem -------------------------------------------------------

TEST_F(DestinationCli, AWorkingFolderThatWasRemovedIsNoDestination) {
    snapshot({"--name", "one"});
    const Finished done = shell(
        "mkdir gone 'gone (deleted)'; holt -q export one a.tar; a=$PWD/a.tar; cd gone; rmdir "
        "../gone;"
        "for d in . ./ x ./x; do holt restore one $d; echo $?; done;"
        "holt restore $a .; echo $?; holt snapshot .; echo $?; holt verify . --against one; echo "
        "$?;"
        "holt export one x.tar; echo $?; cd ..; ls -A . 'gone (deleted)' | tr '\\n' ' '");
    EXPECT_EQ(done.out,
              "1\n1\n1\n1\n1\n1\n1\n1\n"
              ".: a.tar gone (deleted) store tree  gone (deleted): ")
        << done.err;
    EXPECT_TRUE(has(done.err, "was removed")) << done.err;
}

// lost+found is the file system's own: with it a fresh one is empty, and it is never removed.
TEST_F(DestinationCli, AFreshFileSystemCountsAsEmpty) {
    NEEDS("loop devices",
          "truncate -s 16M img && mkfs.ext4 -q -F img && mkdir -p m && mount -o loop img m");
    snapshot({"--name", "one"});
    const Finished done = shell(
        "mount -o loop img m; holt restore one m; echo $?; ls m | tr '\\n' ' ';"
        "holt diff one m; echo $?; holt verify ./m; echo $?; echo extra > m/extra;"
        "holt -q restore one m; echo $?; holt -q restore --force --delete one m; echo $?;"
        "holt -q restore --force one m; echo $?; ls -A m | tr '\\n' ' ';"
        "stat -c %a m/lost+found; holt -q export one a.tar; holt -q restore a.tar m --force "
        "--delete;"
        "echo $?; ls -A m | tr '\\n' ' '");
    EXPECT_EQ(done.out,
              "0\nREADME empty link lost+found second src 0\n0\n0\n0\n0\n"
              "README empty link lost+found second src 700\n0\n"
              "README empty link lost+found second src ")
        << done.err;
    // A snapshot that has one, into a fresh file system; and one anywhere else is a folder as any.
    const Finished again = shell(
        "rm img; truncate -s 16M img && mkfs.ext4 -q -F img; mount -o loop img m;"
        "mkdir -m 700 tree/lost+found; echo x > tree/lost+found/x; holt -q snapshot tree --name "
        "two > id;"
        "holt -q restore two m; echo $?; holt diff two m; echo $?; ls -A m | tr '\\n' ' ';"
        "holt -q restore one d; mkdir -m 700 d/lost+found;"
        "touch -r m d; holt diff one d | grep lost; holt -q restore one d;"
        "ls d | tr '\\n' ' '");
    EXPECT_EQ(again.out,
              "0\n0\nREADME empty link lost+found second src + lost+found\n"
              "README empty link second src ")
        << again.err;
}

// ext4 with small inodes has whole seconds, up to 2038: setting any other time succeeds.
TEST_F(DestinationCli, ATimeThatTheFileSystemCannotHoldIsTold) {
    NEEDS("loop devices",
          "truncate -s 16M img && mkfs.ext4 -q -F -I 128 img && mkdir -p m && mount -o loop img m");
    ASSERT_EQ(
        shell("find tree -exec touch -h -d @1700000000 {} +; touch -d 2100-01-01 tree/README").code,
        0);
    snapshot({"--name", "one"});
    const Finished done = shell("mount -o loop img m; holt -q restore one m; echo $?");
    EXPECT_EQ(done.out, "3\n") << done.err;
    EXPECT_TRUE(has(done.err, "README")) << done.err;
    EXPECT_TRUE(has(done.err, "cannot hold its time")) << done.err;
}

TEST_F(DestinationCli, AnEmptySubvolumeStaysOne) {
    NEEDS("btrfs",
          "truncate -s 120M img && mkfs.btrfs -q -f img && mkdir -p m && mount -o loop img m && "
          "btrfs -q subvolume create m/v");
    snapshot({"--name", "one"});
    const Finished done = shell(
        "mount -o loop img m; rm -rf m/v/*; inode=$(stat -c %d:%i m/v);"
        "holt restore one m/v; echo $?; holt diff one m/v; echo $?;"
        "test $inode = $(stat -c %d:%i m/v) && echo same; echo x > m/v/README;"
        "holt -q restore one m/v; echo $?; holt -q restore --force --delete one m/v; echo $?;"
        "holt restore --atomic one m/v; echo $?; holt -q diff one m/v; echo $?; ls -A m");
    EXPECT_EQ(done.out, "0\n0\nsame\n0\n0\n1\n0\nv\n") << done.err;
    EXPECT_TRUE(has(done.err, "subvolume")) << done.err;
}

// Into the working folder, out of an archive: the private store in it is nobody's business.
TEST_F(DestinationCli, AnArchiveIsRestoredIntoTheWorkingFolder) {
    snapshot({"--name", "one"});
    const Finished done = shell(
        "holt -q export one a.tar; mkdir d; cd d; unset HOLT_STORE;"
        "holt -q restore ../a.tar .; echo $?; rm README; echo x > extra;"
        "holt -q restore ../a.tar . --force --delete; echo $?;"
        "holt -q restore ../a.tar . --force; echo $?; ls -A | tr '\\n' ' '; cd ..;"
        "touch -d 2001-02-03 d; holt restore a.tar d; echo $?; stat -c %y d | cut -c1-10");
    EXPECT_EQ(done.out, "0\n0\n0\nREADME empty link second src 1\n2001-02-03\n") << done.err;
}

// --- a bare environment ------------------------------------------------------------------------

// In a chroot without /proc everything works.
TEST_F(DestinationCli, WithoutProcEverythingWorks) {
    NEEDS("chroot", "true");
    snapshot({"--name", "one"});
    const Finished done = shell(
        "mkdir -p r/w r/bin; for d in /lib /lib64 /usr $(dirname '" HOLT_PROGRAM
        "'); do"
        " mkdir -p r$d; mount --bind $d r$d; done;"
        "cp -a tree store r/w; setfattr -h -n trusted.x -v y r/w/tree/link 2> /dev/null;"
        "cat > r/w/script <<'END'\n"
        "cd /w; export HOLT_STORE=/w/store; holt() { '" HOLT_PROGRAM
        "' \"$@\"; }\n"
        "test -e /proc/self && echo proc\n"
        "holt -q snapshot tree --name two > id; echo $?\n"
        "holt -q restore two d; echo $?; holt diff two d; echo $?; echo x > d/README\n"
        "holt -q verify ./d > /dev/null; echo $?; holt -q restore two d; echo $?\n"
        "holt -q restore --atomic two d; echo $?; holt -q restore --link hardlink two h; echo $?\n"
        "holt -q restore --force two h; echo $?\n"
        "(mkdir e; cd e; holt -q restore two .; echo $?)\n"
        "holt -q export two a.tar.zst; echo $?; holt -q restore a.tar.zst f; echo $?\n"
        "holt -q import a.tar.zst --name three > id; echo $?; holt -q verify; echo $?\n"
        "holt show two | grep -c /w/tree\n"
        "(mkdir g; cd g; rmdir ../g; holt restore two .; echo $?)\n"
        "END\n"
        "chroot r /usr/bin/bash /w/script");
    EXPECT_EQ(done.out, "0\n0\n0\n1\n0\n0\n0\n0\n0\n0\n0\n0\n0\n1\n1\n") << done.err;
}

// A tree of a thousand levels and some hundred folders with `ulimit -n 256` and many threads' worth
// of work.
TEST_F(DestinationCli, FewDescriptorsAreEnough) {
    shell(
        "rm -rf tree; mkdir tree; cd tree; for i in $(seq 1000); do mkdir d; echo $i > f; cd -P d; "
        "done;"
        "cd '" +
        tree() +
        "'; for i in $(seq 400); do mkdir -p w$i/x$i; for j in 1 2 3 4 5 6 7 8; do"
        " echo $i $j > w$i/x$i/$j; done; done");
    const Finished done = shell(
        "ulimit -n 256; holt -q snapshot tree --name one > id; echo $?;"
        "for link in copy hardlink; do holt -q restore --link $link one $link; echo $?;"
        "holt -q diff one $link > diff; echo $?; holt -q verify ./$link --paranoid > diff; echo $?;"
        "rm -r $link/w1 $link/d/d/d/d; echo x > $link/w7/x7/1; holt -q restore one $link; echo $?;"
        "holt -q restore --paranoid one $link; echo $?; holt -q restore --atomic one $link; echo "
        "$?;"
        "holt -q restore --force --link $link one $link; echo $?; done;"
        "holt -q snapshot tree > id; echo $?;"
        "holt -q export one a.tar; echo $?; holt -q export one a.holt; echo $?;"
        "holt -q restore a.tar t; echo $?; holt -q verify; echo $?");
    // A linked tree is as the snapshot has it, read-only or not.
    EXPECT_EQ(done.out, "0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n0\n") << done.err;
}

}  // namespace
}  // namespace holt::test
