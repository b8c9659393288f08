// A store with a catalog in a scratch folder, and commits to put into it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "store/catalog/catalog.h"
#include "store/catalog/catalog_schema.h"
#include "store/samples.h"
#include "support/temp_dir.h"

namespace holt::test {

using namespace std::chrono_literals;

/// A pack that exists only as what the catalog is told: `chunks` chunks of one kilobyte.
inline store::NewPack sample_pack(std::uint64_t seed, std::uint32_t chunks) {
    store::NewPack pack;
    pack.id = sample_digest(seed * 1'000'003);
    pack.bytes = 1000 + chunks;
    pack.footer.blocks = {{.offset = 32, .stored_size = 1000, .raw_size = chunks * 1024}};
    for (std::uint32_t i = 0; i < chunks; ++i)
        pack.footer.chunks.push_back(
            {.digest = sample_digest(seed * 10'000'019 + i), .offset = i * 1024, .length = 1024});
    return pack;
}

inline store::Catalog::Commit sample_commit(const std::string& name, std::int64_t created,
                                            std::vector<store::NewPack> packs = {}) {
    store::Catalog::Commit commit;
    commit.record.root = sample_folder("");
    commit.record.name = name;
    commit.record.source = "/src/" + name;
    commit.record.created = {created, 0};
    commit.record.bytes = 1000;
    commit.encoded_record = store::encode_record(commit.record);
    commit.id = blake3::hash(commit.encoded_record);
    for (const store::NewPack& pack : packs) commit.packs_used.push_back(pack.id);
    commit.new_packs = std::move(packs);
    return commit;
}

class CatalogTest : public testing::Test {
  protected:
    using Catalog = store::Catalog;

    CatalogTest() : folder_(make_folder()) {}

    store::StoreFolder make_folder() {
        Result<store::StoreFolder> folder = store::StoreFolder::init(temp_ / "st?re %41#\n\xff");
        EXPECT_TRUE(folder) << folder.error().message();
        return *std::move(folder);
    }
    Result<Catalog> open(Catalog::Mode mode, std::chrono::milliseconds timeout = 60s) const {
        return Catalog::open(folder_, mode, timeout);
    }
    Catalog create() const {
        Result<Catalog> catalog = open(Catalog::Mode::create);
        EXPECT_TRUE(catalog) << catalog.error().message();
        return *std::move(catalog);
    }
    Catalog reopen(Catalog::Mode mode = Catalog::Mode::read_write) const {
        Result<Catalog> catalog = open(mode);
        EXPECT_TRUE(catalog) << catalog.error().message();
        return *std::move(catalog);
    }
    /// The catalog's database alone, by its tables.
    Result<store::Database> open_database(
        store::Database::Mode mode = store::Database::Mode::read_write,
        const std::string& name = store::StoreFolder::kCatalogName) const {
        return store::open_catalog_database(fs::duplicate(folder_.fd(), folder_.path()).value(),
                                            name, folder_.shown(name), {.mode = mode});
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
            names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
    bool has_journal() const {
        return std::filesystem::exists(folder_.catalog_path() + "-journal");
    }

    TempDir temp_{memory_folder()};
    store::StoreFolder folder_;
};

/// The places of `digests`, all of which must be known.
inline std::vector<store::ChunkPlace> places_of(store::Catalog& catalog,
                                                const std::vector<Digest>& digests) {
    std::vector<std::optional<store::ChunkPlace>> found(digests.size());
    EXPECT_TRUE(catalog.find_chunks(digests, found));
    std::vector<store::ChunkPlace> places;
    for (const auto& place : found) {
        EXPECT_TRUE(place);
        places.push_back(place.value_or(store::ChunkPlace{}));
    }
    return places;
}

inline void expect_ok(const Status& status) {
    EXPECT_TRUE(status) << status.error().message();
}

inline void expect_sound(store::Catalog& catalog) {
    const Result<std::vector<std::string>> problems = catalog.check();
    ASSERT_TRUE(problems) << problems.error().message();
    EXPECT_TRUE(problems->empty()) << problems->front();
}

}  // namespace holt::test
