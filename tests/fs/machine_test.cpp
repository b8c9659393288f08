#include "fs/machine/machine.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>

#include "support/child.h"
#include "support/temp_dir.h"

namespace holt::fs {
namespace {

namespace stdfs = std::filesystem;

class MachineTest : public ::testing::Test {
  protected:
    MachineTest() {
        put("online", "0-1023\n");
        put("mounts", "");
        put("cgroups", "");
    }
    void put(const std::string& name, const std::string& text) {
        const stdfs::path path = temp_ / name;
        stdfs::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    std::string path(const std::string& name) { return temp_ / name; }
    Machine look() {
        return look_at_machine(
            {.cgroups = path("cgroups"), .mounts = path("mounts"), .online = path("online")});
    }
    // All that the affinity mask allows: nothing here can give more.
    unsigned allowed() { return look_at_machine({"", "", ""}).processors; }

    test::TempDir temp_;
};

TEST_F(MachineTest, WhatCannotBeReadLimitsNothing) {
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(allowed(), static_cast<unsigned>(CPU_COUNT(&set)));
    EXPECT_EQ(look().memory, Machine{}.memory);
}

TEST_F(MachineTest, TheAffinityMaskCounts) {
    const int end = test::in_child([&] {
        cpu_set_t set;
        ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
        int first = 0;
        while (!CPU_ISSET(first, &set)) ++first;
        CPU_ZERO(&set);
        CPU_SET(first, &set);
        ASSERT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
        EXPECT_EQ(look().processors, 1u);
    });
    EXPECT_EQ(end, 0);
}

// A mask of 64 processors on a machine that has one.
TEST_F(MachineTest, ThoseThatAreNotOnlineDoNotCount) {
    put("online", "3\n");
    EXPECT_EQ(look().processors, 1u);
    put("online", "0-1023,2000\n");
    EXPECT_EQ(look().processors, allowed());
    put("online", "nonsense\n");
    EXPECT_EQ(look().processors, allowed());
}

TEST_F(MachineTest, QuotaAndMemoryOfVersion2OfTheCgroupAndOfThoseAbove) {
    put("mounts", "30 20 0:26 / " + path("cg") + " rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
    put("cgroups", "0::/a/b\n");
    put("cg/cpu.max", "max 100000\n");
    put("cg/a/cpu.max", "100000 100000\n");
    put("cg/a/memory.max", "1000000\n");
    put("cg/a/b/cpu.max", "800000 100000\n");
    put("cg/a/b/memory.max", "max\n");
    EXPECT_EQ(look().processors, 1u);
    EXPECT_EQ(look().memory, 1'000'000u);
    put("cg/a/cpu.max", "100001 100000\n");
    EXPECT_EQ(look().processors, std::min(2u, allowed()));
}

TEST_F(MachineTest, QuotaAndMemoryOfVersion1) {
    put("mounts", "31 20 0:27 / " + path("cpu") +
                      " rw - cgroup cgroup rw,cpu,cpuacct\n32 20 0:28 / " + path("memory") +
                      " rw - cgroup cgroup rw,memory\n");
    put("cgroups", "4:memory:/job\n3:cpu,cpuacct:/job\n1:name=systemd:/\n");
    put("cpu/job/cpu.cfs_quota_us", "50000\n");
    put("cpu/job/cpu.cfs_period_us", "100000\n");
    put("memory/job/memory.limit_in_bytes", "2000000\n");
    EXPECT_EQ(look().processors, 1u);
    EXPECT_EQ(look().memory, 2'000'000u);
    put("cpu/job/cpu.cfs_quota_us", "-1\n");
    EXPECT_EQ(look().processors, allowed());
}

// In a container the part of the hierarchy that is its own is all that is mounted.
TEST_F(MachineTest, APartOfAHierarchyIsMounted) {
    put("mounts", "30 20 0:26 /pod/x " + path("cg") + " rw - cgroup2 cgroup2 rw\n");
    put("cg/cpu.max", "100000 100000\n");
    for (const char* own : {"0::/pod/x\n", "0::/pod/x/deeper\n", "0::/../elsewhere\n"}) {
        put("cgroups", own);
        EXPECT_EQ(look().processors, 1u) << own;
    }
}

}  // namespace
}  // namespace holt::fs
