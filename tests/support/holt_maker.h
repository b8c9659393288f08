// Makes .holt files that no export would write: packs with any chunks, trees that say what they
// like, all digests that protect the file itself right. Thread rule: one thread at a time.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

#include "archive/format/holt_format.h"
#include "codec/blake3/blake3.h"
#include "store/disk/store_folder.h"
#include "store/format/entry_codec.h"
#include "store/format/snapshot_record.h"
#include "store/pack/pack_writer.h"
#include "support/store_fixture.h"
#include "support/temp_dir.h"

namespace holt::test {

class HoltMaker {
  public:
    HoltMaker()
        : made_(*Store::init((dir_ / "store").string())),
          folder_(*store::StoreFolder::open((dir_ / "store").string())),
          writer_(*store::PackWriter::create(folder_)) {}

    /// Into the pack, unless it is there.
    store::ChunkRef chunk(std::string_view bytes, store::ChunkKind kind = store::ChunkKind::data) {
        const store::ChunkInfo info{.digest = blake3::hash(as_bytes(bytes)),
                                    .kind = kind,
                                    .length = static_cast<std::uint32_t>(bytes.size())};
        if (added_.insert(info.digest).second) {
            EXPECT_TRUE(writer_.add_block(as_bytes(bytes), store::BlockCodec::raw, info.length,
                                          {&info, 1}));
        }
        return {info.digest, info.length};
    }
    /// A file of these chunks, its digest right.
    store::TreeEntry file(const std::string& name, const std::vector<std::string>& parts) {
        store::TreeEntry entry{.name = name, .mode = 0644};
        std::string whole;
        for (const std::string& part : parts) {
            entry.chunks.push_back(chunk(part));
            whole += part;
        }
        entry.size = whole.size();
        entry.content = blake3::hash(as_bytes(whole));
        return entry;
    }
    /// A folder of these entries, sorted; cut into `parts` chunks.
    store::TreeEntry folder(const std::string& name, const store::Tree& entries,
                            std::size_t parts = 1) {
        const Bytes encoded = store::encode_tree(entries);
        store::TreeEntry entry{.name = name, .kind = holt::fs::Kind::folder, .mode = 0755};
        entry.size = encoded.size();
        entry.content = blake3::hash(encoded);
        std::string_view rest = as_text(encoded);
        for (std::size_t left = parts; left > 0; --left) {
            const std::size_t size = left == 1 ? rest.size() : rest.size() / left;
            entry.chunks.push_back(chunk(rest.substr(0, size), store::ChunkKind::tree));
            rest.remove_prefix(size);
        }
        return entry;
    }
    /// A snapshot of this root. Counts are the record's own, to be set by the caller.
    void snapshot(store::SnapshotRecord record) {
        record.source = "/made";
        const Bytes encoded = store::encode_record(record);
        index_.snapshots.push_back(
            {chunk(as_text(encoded), store::ChunkKind::snapshot).digest, record.name});
    }
    std::string finish() {
        auto sealed = *writer_.seal();
        index_.packs.push_back({sealed.id, sealed.bytes});
        const Bytes index = store::encode_holt_index(index_);
        const auto header = store::encode_holt_header(static_cast<std::uint32_t>(index.size()));
        std::string bytes(header.begin(), header.end());
        bytes += as_text(index);
        const std::string hex = sealed.id.hex();
        bytes += read_file(dir_ / "store/packs" / hex.substr(0, 2) / (hex + ".pack"));
        const auto trailer = store::encode_holt_trailer(blake3::hash(as_bytes(bytes)));
        return bytes + std::string(trailer.begin(), trailer.end());
    }

  private:
    TempDir dir_;
    Store made_;
    store::StoreFolder folder_;
    store::PackWriter writer_;
    store::HoltIndex index_{};
    std::unordered_set<Digest> added_;
};

}  // namespace holt::test
