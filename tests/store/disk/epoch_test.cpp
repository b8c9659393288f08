// Proves: a collector that starts a new epoch waits for the readers of all epochs before, also of
// those that a killed collector had ended, and not for those who came later.
#include "store/disk/epoch.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace holt::test {
namespace {

class Epochs : public testing::Test {
  protected:
    Epochs() : folder_(*store::StoreFolder::init(temp_ / "store")) {}
    bool somebody_reads_since_before() {
        const Status waited = store::wait_for_old_readers(folder_, fs::LockWait{});
        EXPECT_TRUE(waited || waited.error().kind == ErrorKind::busy) << waited.error().message();
        return !waited;
    }
    std::size_t names() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& one :
             std::filesystem::directory_iterator(temp_ / "store/epochs"))
            ++count;
        return count;
    }

    TempDir temp_{memory_folder()};
    store::StoreFolder folder_;
};

TEST_F(Epochs, ReadersOfEveryEarlierEpochAreWaitedFor) {
    auto first = store::enter_epoch(folder_);
    ASSERT_TRUE(first && first->held());
    ASSERT_TRUE(store::start_epoch(folder_));
    auto second = store::enter_epoch(folder_);
    ASSERT_TRUE(second && second->held());
    EXPECT_TRUE(somebody_reads_since_before());
    ASSERT_TRUE(store::start_epoch(folder_)) << "the one before was killed here";
    EXPECT_EQ(names(), 3u);
    first->release();
    EXPECT_TRUE(somebody_reads_since_before());
    second->release();
    EXPECT_FALSE(somebody_reads_since_before());
    EXPECT_EQ(names(), 1u);
    auto third = store::enter_epoch(folder_);
    EXPECT_FALSE(somebody_reads_since_before());
}

TEST_F(Epochs, AStoreWithoutThemCanBeReadAndGetsThem) {
    std::filesystem::remove_all(temp_ / "store/epochs");
    const auto none = store::enter_epoch(folder_);
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->held());
    ASSERT_TRUE(store::start_epoch(folder_));
    EXPECT_TRUE(store::enter_epoch(folder_)->held());
    EXPECT_EQ(names(), 1u);
}

}  // namespace
}  // namespace holt::test
