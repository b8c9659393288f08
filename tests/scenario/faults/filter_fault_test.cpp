// gzip_file and zstd_file under every fault: whichever system call fails, the input or a whole
// output is there, no half output, and nothing else in the folder.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <holt/gzip.hpp>
#include <holt/zstd.hpp>
#include <set>

#include "fs/fault.h"
#include "support/temp_dir.h"

namespace holt {
namespace {

using fs::Fault;
using fs::ScopedFaultPlan;
using test::TempDir;

std::string content() {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += "number " + std::to_string(i * 7919 % 10'007) + "\n";
    return text;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> names(const TempDir& dir) {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
        out.insert(entry.path().filename().string());
    return out;
}

struct Gzip {
    using Options = GzipOptions;
    using Mode = GzipMode;
    using Report = GzipReport;
    static constexpr auto* run = gzip_file;
};

struct Zstd {
    using Options = ZstdOptions;
    using Mode = ZstdMode;
    using Report = ZstdReport;
    static constexpr auto* run = zstd_file;
};

template <class Filter>
class FilterFaultTest : public testing::Test {
  protected:
    using Options = typename Filter::Options;
    using Mode = typename Filter::Mode;
    using Report = Result<typename Filter::Report>;

    FilterFaultTest() { write("in", text_); }

    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(dir_ / name, std::ios::binary) << bytes;
    }
    Report run(const Options& options, const std::string& from, const std::string& to) {
        Observer observer;
        return Filter::run(dir_ / from, dir_ / to, options, observer);
    }
    /// System calls of one whole run.
    std::uint64_t calls_of(const Options& options, const std::string& from, const std::string& to) {
        const ScopedFaultPlan counting;
        EXPECT_TRUE(run(options, from, to));
        return counting.calls();
    }

    const std::string text_ = content();
    TempDir dir_;
};

using Filters = testing::Types<Gzip, Zstd>;
TYPED_TEST_SUITE(FilterFaultTest, Filters);

TYPED_TEST(FilterFaultTest, EachCallFailsOnce) {
    const typename TestFixture::Options options{.remove_source = true};
    const std::uint64_t calls = this->calls_of(options, "in", "out");
    const std::string whole = read_file(this->dir_ / "out");
    ASSERT_GT(calls, 5u);
    for (const int err : {EIO, ENOSPC}) {
        for (std::uint64_t k = 1; k <= calls; ++k) {
            std::filesystem::remove(this->dir_ / "out");
            this->write("in", this->text_);
            typename TestFixture::Report result;
            {
                const ScopedFaultPlan plan({Fault{.nth = k, .err = err}});
                result = this->run(options, "in", "out");
            }
            const std::set<std::string> left = names(this->dir_);
            SCOPED_TRACE("call " + std::to_string(k) + " errno " + std::to_string(err));
            ASSERT_TRUE(left.contains("in") || read_file(this->dir_ / "out") == whole);
            if (left.contains("out")) {
                ASSERT_EQ(read_file(this->dir_ / "out"), whole);
            }
            for (const std::string& name : left) ASSERT_TRUE(name == "in" || name == "out") << name;
            if (result) {
                ASSERT_TRUE(left.contains("out"));
            } else {
                ASSERT_FALSE(result.error().message().empty());
            }
        }
    }
}

TYPED_TEST(FilterFaultTest, ShortReadsAndWritesAreInvisible) {
    ASSERT_TRUE(this->run({}, "in", "packed"));
    const ScopedFaultPlan plan({Fault{.call = fs::Call::read,
                                      .repeat = Fault::Repeat::for_ever,
                                      .action = Fault::Action::short_count,
                                      .count = 1013},
                                Fault{.call = fs::Call::pwrite,
                                      .repeat = Fault::Repeat::for_ever,
                                      .action = Fault::Action::short_count,
                                      .count = 977}});
    ASSERT_TRUE(this->run({.mode = TestFixture::Mode::decompress}, "packed", "unpacked"));
    EXPECT_TRUE(read_file(this->dir_ / "unpacked") == this->text_);
    ASSERT_TRUE(this->run({}, "in", "packed2"));
    EXPECT_TRUE(read_file(this->dir_ / "packed2") == read_file(this->dir_ / "packed"));
}

TYPED_TEST(FilterFaultTest, AFullDiskIsNoSpace) {
    const ScopedFaultPlan plan(
        {Fault{.call = fs::Call::pwrite, .repeat = Fault::Repeat::for_ever, .err = ENOSPC}});
    const auto result = this->run({}, "in", "out");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::no_space);
}

TYPED_TEST(FilterFaultTest, CancelStopsItAndLeavesNothing) {
    Cancel cancel;
    cancel.request();
    const auto result = this->run({.cancel = &cancel}, "in", "out");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::cancelled);
    EXPECT_EQ(names(this->dir_), std::set<std::string>{"in"});
}

}  // namespace
}  // namespace holt
