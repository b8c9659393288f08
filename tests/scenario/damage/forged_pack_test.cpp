// Proves: a pack that is whole by all its own digests, but has other bytes under a chunk's digest
// than that digest is of, gives nothing away: a restore and a collection that would copy the chunk
// end with "corrupt", and the next repair puts the pack aside.
#include <holt/gc.hpp>

#include "codec/blake3/blake3.h"
#include "store/catalog/catalog.h"
#include "store/format/entry_codec.h"
#include "store/pack/pack_writer.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class ForgedPack : public StoreTest {
  protected:
    ForgedPack()
        : folder_(*store::StoreFolder::open((dir_ / "store").string())),
          writer_(*store::PackWriter::create(folder_)) {}

    // Stored under the digest of `claimed`.
    store::ChunkRef add(std::string_view bytes, std::string_view claimed,
                        store::ChunkKind kind = store::ChunkKind::data) {
        const store::ChunkInfo info{.digest = blake3::hash(as_bytes(claimed)),
                                    .kind = kind,
                                    .length = static_cast<std::uint32_t>(bytes.size())};
        EXPECT_TRUE(
            writer_.add_block(as_bytes(bytes), store::BlockCodec::raw, info.length, {&info, 1}));
        return {info.digest, info.length};
    }
    // A snapshot with one file, whose content is not what its digest says.
    void put_forged() {
        store::TreeEntry file{.name = "f", .mode = 0644};
        file.chunks = {add("wrong", "right")};
        file.size = 5;
        file.content = file.chunks[0].digest;
        add(random_bytes(500'000, 3), "nothing needs this");
        const Bytes tree = store::encode_tree({file});
        store::TreeEntry root{.name = "", .kind = fs::Kind::folder, .mode = 0755};
        root.size = tree.size();
        root.content = blake3::hash(tree);
        root.chunks = {add(as_text(tree), as_text(tree), store::ChunkKind::tree)};
        store::Catalog::Commit commit;
        commit.record = {.root = root, .name = "forged", .files = 1, .folders = 1, .bytes = 5};
        commit.record.source = "/made";
        commit.encoded_record = store::encode_record(commit.record);
        commit.id = blake3::hash(commit.encoded_record);
        add(as_text(commit.encoded_record), as_text(commit.encoded_record),
            store::ChunkKind::snapshot);
        auto sealed = writer_.seal();
        ASSERT_TRUE(sealed) << sealed.error().message();
        commit.packs_used = {sealed->id};
        commit.new_packs = {{sealed->id, sealed->bytes, std::move(sealed->footer)}};
        auto catalog = store::Catalog::open(folder_, store::Catalog::Mode::read_write, {});
        ASSERT_TRUE(catalog);
        ASSERT_TRUE(catalog->commit(commit));
    }

    store::StoreFolder folder_;
    store::PackWriter writer_;
};

TEST_F(ForgedPack, NothingOfItIsRestored) {
    put_forged();
    const auto restored = store_.restore("forged", (dir_ / "out").string(), {}, notes_);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().kind, ErrorKind::corrupt) << restored.error().message();
    EXPECT_FALSE(stdfs::exists(dir_ / "out"));
}

// Most of the pack is garbage, so that it would be rewritten.
TEST_F(ForgedPack, NothingOfItIsMovedByACollection) {
    put_forged();
    const auto collected = store_.gc({}, notes_);
    ASSERT_FALSE(collected);
    EXPECT_EQ(collected.error().kind, ErrorKind::corrupt) << collected.error().message();
    const auto verified = store_.verify({}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_FALSE(verified->damage.empty());
    const auto repaired = Store::repair((dir_ / "store").string(), {}, notes_);
    ASSERT_TRUE(repaired);
    EXPECT_EQ(repaired->quarantined.size(), 1u);
}

}  // namespace
}  // namespace holt::test
