// What the fault tests of export and import share: the archives of snapshot "one", made once
// without faults, in every format; and pipes that hold one. Thread rule: as FaultWorld.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <holt/archive.hpp>

#include "api/fault_world.h"
#include "base/unique_fd.h"

namespace holt::test {

inline constexpr std::array kArchiveFormats = {ArchiveFormat::tar, ArchiveFormat::tar_gz,
                                               ArchiveFormat::tar_zst, ArchiveFormat::zip,
                                               ArchiveFormat::holt};

class ArchiveFaultWorld : public FaultWorld {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(fixed() / "archives");
        put_store_with_one();
        const int made = in_child([&] {
            for (const ArchiveFormat format : kArchiveFormats) {
                const auto report =
                    open_store().export_to({"one"}, {.path = whole(format).string()}, {}, notes_);
                ASSERT_TRUE(report) << report.error().message();
            }
        });
        ASSERT_EQ(made, 0);
    }

    /// The archive as it must be.
    std::filesystem::path whole(ArchiveFormat format) const {
        return fixed() / "archives" / ("x." + std::string(name(format)));
    }

    /// A pipe that holds all of a file, and its end; nobody writes to it any more.
    static UniqueFd pipe_with(const std::filesystem::path& file) {
        const std::string bytes = read_file(file);
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        EXPECT_GE(::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20), static_cast<int>(bytes.size()));
        EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        ::close(ends[1]);
        return UniqueFd(ends[0]);
    }
};

}  // namespace holt::test
