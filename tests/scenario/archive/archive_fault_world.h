// What the fault tests of export and import share: the archives of snapshot "one", made once
// without faults, in every format; and pipes that hold one. Thread rule: as FaultWorld.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <holt/archive.hpp>

#include "base/unique_fd.h"
#include "scenario/faults/fault_world.h"

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

    /// Five errors, each once and for ever, spread over the calls 1 to `calls`: the first of the
    /// ten meets call `first`, the next call `first + apart`, and each again 10 * `apart` calls
    /// later. With HOLT_LONG_TESTS every call meets all ten. Stops at the first failure.
    template <class FailOnce>
    static void spread_errors(std::uint64_t calls, std::uint64_t first, std::uint64_t apart,
                              FailOnce fail_once) {
        using Repeat = fs::Fault::Repeat;
        constexpr int kErrors[] = {ENOSPC, EIO, EMFILE, ENOMEM, EACCES};
        constexpr std::uint64_t kFaults = 2 * std::size(kErrors);
        const std::uint64_t step = step_for(kFaults * apart, 1);
        for (std::uint64_t i = 0; i < kFaults; ++i) {
            const fs::Fault fault{.repeat = i % 2 == 0 ? Repeat::once : Repeat::for_ever,
                                  .err = kErrors[i / 2]};
            for (std::uint64_t k = step == 1 ? 1 : first + i * apart; k <= calls && !HasFailure();
                 k += step) {
                SCOPED_TRACE("errno " + std::to_string(fault.err) +
                             (fault.repeat == Repeat::once ? " once" : " for ever") + " at call " +
                             std::to_string(k) + " of " + std::to_string(calls));
                fs::Fault at_call = fault;
                at_call.nth = k;
                fail_once(at_call);
            }
        }
    }
};

}  // namespace holt::test
