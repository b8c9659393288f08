// Proves: verify computes the digest that a tree states of a whole file of several chunks (one of
// one chunk can state no other), and names the file and its snapshot.
#include <gtest/gtest.h>

#include "codec/blake3/blake3.h"
#include "store/catalog/catalog.h"
#include "store/format/entry_codec.h"
#include "store/format/snapshot_record.h"
#include "store/pack/pack_writer.h"
#include "support/store_fixture.h"

namespace holt::test {
namespace {

using namespace holt::store;

class WholeFile : public StoreTest {
  protected:
    /// A snapshot of two files, of one chunk and of two; `content` is what the tree says of the
    /// file `name`.
    void save(const std::string& snapshot, const std::string& name, const Digest& content) {
        const auto folder = *StoreFolder::open((dir_ / "store").string());
        auto catalog =
            *Catalog::open(folder, Catalog::Mode::read_write, std::chrono::milliseconds(5000));
        auto writer = *PackWriter::create(folder);
        const auto add = [&](const Bytes& bytes, ChunkKind kind) {
            const ChunkInfo chunk{.digest = blake3::hash(bytes),
                                  .kind = kind,
                                  .length = static_cast<std::uint32_t>(bytes.size())};
            EXPECT_TRUE(writer.add_block(bytes, BlockCodec::raw, chunk.length, {&chunk, 1}));
            return ChunkRef{chunk.digest, chunk.length};
        };
        Tree tree;
        for (const std::string& each : {std::string("one"), std::string("two")}) {
            TreeEntry file;
            file.name = each;
            blake3::Hasher whole;
            for (int i = 0; i < (each == "two" ? 2 : 1); ++i) {
                const std::string text =
                    snapshot + each + std::to_string(i) + std::string(1000, 'x');
                const Bytes bytes(text.begin(), text.end());
                file.chunks.push_back(add(bytes, ChunkKind::data));
                file.size += bytes.size();
                whole.update(bytes);
            }
            file.content = each == name ? content : whole.digest();
            tree.push_back(file);
        }
        const Bytes encoded = encode_tree(tree);
        TreeEntry root;
        root.kind = holt::fs::Kind::folder;
        root.mode = 0755;
        root.size = encoded.size();
        root.chunks = {add(encoded, ChunkKind::tree)};
        root.content = root.chunks[0].digest;
        Catalog::Commit commit;
        commit.record = {.root = root, .name = snapshot, .source = "/x", .files = 2, .folders = 1};
        commit.encoded_record = encode_record(commit.record);
        commit.id = add(commit.encoded_record, ChunkKind::snapshot).digest;
        auto sealed = *writer.seal();
        commit.packs_used = {sealed.id};
        commit.new_packs.push_back({sealed.id, sealed.bytes, std::move(sealed.footer)});
        ASSERT_TRUE(catalog.commit(commit));
    }
};

TEST_F(WholeFile, VerifyComputesWhatATreeStates) {
    save("right", "", {});
    EXPECT_TRUE(store_.verify({}, {}, notes_)->damage.empty());
    save("wrong", "two", blake3::hash(as_bytes(std::string_view("other"))));
    const auto report = store_.verify({}, {}, notes_);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->damage.size(), 1u);
    const Damage& damage = report->damage[0];
    EXPECT_EQ(damage.what.kind, ErrorKind::corrupt);
    EXPECT_NE(damage.what.cause.find("'two'"), std::string::npos) << damage.what.message();
    EXPECT_EQ(damage.snapshots, std::vector{std::string("wrong")});
    EXPECT_TRUE(store_.verify({"right"}, {}, notes_)->damage.empty());
    EXPECT_EQ(store_.verify({"wrong"}, {}, notes_)->damage.size(), 1u);
}

}  // namespace
}  // namespace holt::test
