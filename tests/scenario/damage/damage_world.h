// Two snapshots in packs of their own, small enough to change every byte of them.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <holt/store.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/store_fixture.h"

namespace holt::test {

class DamageWorld : public ::testing::Test {
  protected:
    DamageWorld() {
        namespace stdfs = std::filesystem;
        stdfs::create_directories(dir_ / "trees");
        make(first_tree(), 1);
        make(source(), 100);
        auto made = Store::init(store_path().string());
        EXPECT_TRUE(made);
        store_.emplace(*std::move(made));
        EXPECT_TRUE(store_->snapshot(first_tree().string(), {.name = "first"}, notes_));
        const auto before = all_packs();
        EXPECT_TRUE(store_->snapshot(source().string(), {.name = "second"}, notes_));
        EXPECT_EQ(before.size(), 1u);
        first_pack_ = before.at(0);
        for (const auto& pack : all_packs()) {
            if (pack != first_pack_) second_pack_ = pack;
        }
        EXPECT_FALSE(second_pack_.empty());
    }

    static bool long_tests() {
        const char* asked = std::getenv("HOLT_LONG_TESTS");
        return asked != nullptr && std::string(asked) == "1";
    }

    std::filesystem::path store_path() const { return dir_ / "store"; }
    std::filesystem::path catalog() const { return store_path() / "catalog.db"; }
    std::filesystem::path out() const { return dir_ / "out"; }
    std::filesystem::path first_tree() const { return dir_ / "trees" / "first"; }
    std::filesystem::path second_tree() const { return source(); }
    std::filesystem::path source() const { return dir_ / "trees" / "second"; }
    const std::filesystem::path& first_pack() const { return first_pack_; }
    const std::filesystem::path& second_pack() const { return second_pack_; }
    std::string second_id() const { return second_pack_.stem().string(); }

    std::vector<std::filesystem::path> all_packs() const {
        std::vector<std::filesystem::path> packs;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(store_path() / "packs")) {
            if (entry.path().extension() == ".pack") packs.push_back(entry.path());
        }
        return packs;
    }
    static void overwrite(const std::filesystem::path& path, std::string_view content) {
        ::chmod(path.c_str(), 0644);
        std::ofstream(path, std::ios::binary)
            .write(content.data(), static_cast<std::streamsize>(content.size()));
        ASSERT_EQ(std::filesystem::file_size(path), content.size());
    }
    void save_store() {
        std::filesystem::copy(store_path(), dir_ / "saved",
                              std::filesystem::copy_options::recursive);
    }
    void put_saved_store() {
        store_.reset();
        std::filesystem::remove_all(store_path());
        std::filesystem::copy(dir_ / "saved", store_path(),
                              std::filesystem::copy_options::recursive);
        auto opened = Store::open(store_path().string());
        ASSERT_TRUE(opened) << opened.error().message();
        store_.emplace(*std::move(opened));
    }

    static void expect_same_trees(const std::filesystem::path& a, const std::filesystem::path& b) {
        EXPECT_EQ(tree_differences(a.string(), b.string()), std::vector<std::string>{});
    }
    void expect_restores(const std::string& snap, const std::filesystem::path& tree) {
        const auto restored = store_->restore(snap, out().string(), {}, notes_);
        ASSERT_TRUE(restored) << snap << ": " << restored.error().message();
        expect_same_trees(tree, out());
        std::filesystem::remove_all(out());
    }
    // After a repair: exactly as it was, or said to be damaged and not restored.
    void expect_restores_or_is_reported(const std::string& snap, const std::filesystem::path& tree,
                                        const RepairReport& report) {
        bool reported = false;
        for (const Damage& damage : report.damage) {
            for (const std::string& name : damage.snapshots) reported = reported || name == snap;
        }
        if (!reported) return expect_restores(snap, tree);
        const auto restored = store_->restore(snap, out().string(), {}, notes_);
        ASSERT_FALSE(restored) << "reported as damaged, but it restores";
        EXPECT_TRUE(restored.error().kind == ErrorKind::corrupt ||
                    restored.error().kind == ErrorKind::not_found)
            << restored.error().message();
        EXPECT_FALSE(std::filesystem::exists(out()));
    }

    TempDir dir_{memory_folder()};
    NoteKeeper notes_;
    std::optional<Store> store_;

  private:
    static void make(const std::filesystem::path& tree, unsigned seed) {
        write_file(tree / "text", code_like(300, seed));
        write_file(tree / "noise", random_bytes(200, seed + 1));
        write_file(tree / "sub" / "file", "seed " + std::to_string(seed));
        std::filesystem::create_symlink("text", tree / "link");
    }
    std::filesystem::path first_pack_, second_pack_;
};

}  // namespace holt::test
