// The present format, structure by structure, as checked in below tests/golden/format: each byte
// that changes is seen in review.
#include "support/golden.h"

#include <gtest/gtest.h>

#include "store/catalog/catalog_schema.h"
#include "store/catalog/catalog_support.h"
#include "store/format/pack_format.h"
#include "store/format/snapshot_marks.h"
#include "store/format/snapshot_record.h"
#include "store/format/space_records.h"
#include "store/format/stat_codec.h"
#include "store/format/tree.h"
#include "store/samples.h"

namespace holt::store {
namespace {

using test::expect_golden;
using test::hex_dump;

TEST(Golden, Tree) {
    expect_golden("format/tree", hex_dump(encode_tree(test::sample_tree())));
}

TEST(Golden, SnapshotRecord) {
    expect_golden("format/snapshot_record", hex_dump(encode_record(test::sample_record())));
}

TEST(Golden, PackHeaderFooterAndTrailer) {
    const test::SampleFooter sample = test::sample_footer();
    const Bytes footer = encode_footer(sample.footer);
    const PackTrailer trailer{.footer_offset = sample.footer_offset,
                              .footer_stored = static_cast<std::uint32_t>(footer.size()),
                              .footer_raw = static_cast<std::uint32_t>(footer.size()),
                              .footer_digest = test::sample_digest(1)};
    expect_golden("format/pack", "header\n" + hex_dump(encode_header()) + "footer\n" +
                                     hex_dump(footer) + "trailer\n" +
                                     hex_dump(encode_trailer(trailer)));
}

TEST(Golden, Marks) {
    Bytes bytes = encode_marks_header();
    encode_mark({MarkKind::committed, MarkState::settled, test::sample_digest(1), "name"},
                bytes.size(), bytes);
    encode_mark({MarkKind::forgotten, MarkState::pending, test::sample_digest(2), ""}, bytes.size(),
                bytes);
    expect_golden("format/marks", hex_dump(bytes));
}

TEST(Golden, StatAndSpaceRecords) {
    const StatRecord stats[] = {{.ino = 17, .dev = 2049, .ctime = 1'700'000'000'000'000'000}, {}};
    const SpaceRecords spaces(
        {{.key = space_key("bin/python3"), .ino = 17, .ctime = 1, .holds = Holds::always},
         {.key = space_key("lib"), .ino = 18, .ctime = 2, .holds = Holds::always}});
    expect_golden("format/stat_records", "stat records\n" + hex_dump(encode_stats(stats)) +
                                             "space records\n" +
                                             hex_dump(spaces.encode(Holds::always)));
}

class GoldenCatalog : public test::CatalogTest {};

// The catalog's tables as SQLite keeps them.
TEST_F(GoldenCatalog, Schema) {
    create();
    auto database = open_database();
    ASSERT_TRUE(database) << database.error().message();
    auto rows =
        database->prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name");
    ASSERT_TRUE(rows);
    std::string text = fmt::format("version {}\n", kCatalogVersion);
    for (;;) {
        const auto row = rows->step();
        ASSERT_TRUE(row);
        if (!*row) break;
        text += rows->text(0) + '\n';
    }
    expect_golden("format/catalog", text);
}

}  // namespace
}  // namespace holt::store
