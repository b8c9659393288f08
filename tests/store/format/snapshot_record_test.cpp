#include "store/format/snapshot_record.h"

#include <gtest/gtest.h>

#include "store/samples.h"

namespace holt::store {
namespace {

using test::sample_record;

TEST(SnapshotRecord, RoundTrips) {
    for (const SnapshotRecord& record :
         {sample_record(), SnapshotRecord{.root = test::sample_folder("")}}) {
        const Result<SnapshotRecord> back = decode_record(encode_record(record), "r");
        ASSERT_TRUE(back) << back.error().message();
        EXPECT_EQ(*back, record);
    }
}

TEST(SnapshotRecord, MutationsAreRefusedOrCanonical) {
    test::for_each_mutation(encode_record(sample_record()), 50'000, 2, [](const Bytes& bytes) {
        const Result<SnapshotRecord> back = decode_record(bytes, "r");
        if (back)
            EXPECT_EQ(encode_record(*back), bytes);
        else
            // Some changes look like what a later version wrote.
            EXPECT_TRUE(back.error().kind == ErrorKind::corrupt ||
                        back.error().kind == ErrorKind::no_store);
    });
}

TEST(SnapshotRecord, RefusesARootThatIsNoFolder) {
    SnapshotRecord record = sample_record();
    record.root = test::sample_file("", 5);
    EXPECT_FALSE(decode_record(encode_record(record), "r"));
    record.root = test::sample_folder("name");
    EXPECT_FALSE(decode_record(encode_record(record), "r"));
}

// A record from elsewhere cannot bring in a name that check_snapshot_name would not let in.
TEST(SnapshotRecord, RefusesNamesThatNoSnapshotCanHave) {
    for (const char* name : {"../up", "latest", "a\nb"}) {
        SnapshotRecord record = sample_record();
        record.name = name;
        EXPECT_FALSE(decode_record(encode_record(record), "r")) << name;
    }
}

TEST(SnapshotName, Rules) {
    for (const std::string& good :
         {std::string("a"), std::string("v1.2"), std::string("a b"), std::string("deadbee"),
          std::string("deadbeef-1"), std::string(255, 'x'), std::string("\xc3\xa9"),
          std::string(65, 'a'), std::string(".hidden"), std::string("a\\b")})
        EXPECT_TRUE(check_snapshot_name(good)) << good;
    for (const std::string& bad :
         {std::string(), std::string("a/b"), std::string("a:b"), std::string("-x"),
          std::string("latest"), std::string("deadbeef"), std::string("DEADBEEF"),
          std::string(64, 'a'), std::string(256, 'x'), std::string("a\tb"), std::string("a\0b", 3),
          std::string("\x7f"), std::string("."), std::string("..")}) {
        const Status status = check_snapshot_name(bad);
        ASSERT_FALSE(status) << bad;
        EXPECT_EQ(status.error().kind, ErrorKind::usage);
    }
}

}  // namespace
}  // namespace holt::store
