// Proves: whatever is done to the catalog's file, a command answers rightly or says that the
// catalog is corrupt and what to do; verify finds every changed byte; repair brings everything back
// from the packs.
#include <algorithm>

#include "scenario/damage/damage_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class DamagedCatalog : public DamageWorld {
  protected:
    static void expect_names_catalog_and_repair(const Error& error) {
        EXPECT_EQ(error.kind, ErrorKind::corrupt) << error.message();
        EXPECT_NE(error.message().find("catalog"), std::string::npos) << error.message();
        EXPECT_EQ(error.advice_code, Advice::repair_store) << error.message();
    }

    // An answer is right, or an error that says what is wrong.
    void expect_right_or_corrupt() {
        // Without leave to write, or the restore would remember its folder there.
        auto opened = Store::open(store_path().string(), {.access = Access::read_only});
        ASSERT_TRUE(opened) << opened.error().message();
        const auto listed = opened->list();
        if (!listed) {
            expect_names_catalog_and_repair(listed.error());
        } else {
            ASSERT_EQ(listed->size(), 2u);
            EXPECT_EQ((*listed)[0].name, "first");
            EXPECT_EQ((*listed)[1].name, "second");
            EXPECT_EQ((*listed)[1].files, 3u);
        }
        const auto restored = opened->restore("second", out().string(), {}, notes_);
        if (!restored) {
            expect_names_catalog_and_repair(restored.error());
            EXPECT_FALSE(stdfs::exists(out()));
            return;
        }
        expect_same_trees(second_tree(), out());
        stdfs::remove_all(out());
    }
    void expect_verify_finds_it() {
        const auto verified = store_->verify({}, {}, notes_);
        if (!verified) return expect_names_catalog_and_repair(verified.error());
        EXPECT_FALSE(verified->damage.empty());
        for (const Damage& damage : verified->damage) expect_names_catalog_and_repair(damage.what);
    }
    // As it was when there were two snapshots, with the packs and marks of later ones gone.
    void put_back_two(const std::string& whole) {
        for (const stdfs::path& pack : all_packs()) {
            if (pack != first_pack() && pack != second_pack()) stdfs::remove(pack);
        }
        stdfs::remove(catalog());
        overwrite(catalog(), whole);
        overwrite(store_path() / "snapshots.log", marks_);
    }
    void expect_repair_brings_all_back() {
        const auto repaired = Store::repair(store_path().string(), {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        EXPECT_EQ(repaired->snapshots, 2u);
        EXPECT_TRUE(repaired->damage.empty());
        EXPECT_TRUE(repaired->quarantined.empty());
        expect_restores("first", first_tree());
        expect_restores("second", second_tree());
        const auto verified = store_->verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
        const auto report = store_->snapshot(source().string(), {}, notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_LE(report->new_chunks, 0u);
    }

  private:
    const std::string marks_ = read_file(store_path() / "snapshots.log");  // of the two
};

TEST_F(DamagedCatalog, EveryByteIsFound) {
    const std::string whole = read_file(catalog());
    const std::size_t step = long_tests() ? 1 : std::max<std::size_t>(1, whole.size() / 1201) | 1;
    std::size_t number = 0;
    // The file's header byte by byte, then at a stride.
    for (std::size_t at = 0; at < whole.size() && !HasFailure(); at += at < 100 ? 1 : step) {
        SCOPED_TRACE("byte " + std::to_string(at) + " of " + std::to_string(whole.size()));
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ (1u << (number++ % 8)));
        overwrite(catalog(), changed);
        expect_right_or_corrupt();
        expect_verify_finds_it();
        EXPECT_EQ(read_file(catalog()), changed) << "reading wrote to it";
    }
    overwrite(catalog(), whole);
    expect_restores("second", second_tree());
}

TEST_F(DamagedCatalog, RepairAfterAChangedByte) {
    const std::string whole = read_file(catalog());
    for (std::size_t at = 0; at < whole.size() && !HasFailure(); at += whole.size() / 23 | 1) {
        SCOPED_TRACE("byte " + std::to_string(at) + " of " + std::to_string(whole.size()));
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        overwrite(catalog(), changed);
        expect_repair_brings_all_back();
        stdfs::remove_all(store_path() / "quarantine");
        put_back_two(whole);
    }
}

TEST_F(DamagedCatalog, TruncatedAnywhere) {
    const std::string whole = read_file(catalog());
    std::vector<std::size_t> sizes = {0, 1, 15, 16, 99, 100, 511, 512, 4095, whole.size() - 1};
    for (std::size_t size = 4096; size < whole.size(); size += 4096) sizes.push_back(size);
    for (const std::size_t size : sizes) {
        SCOPED_TRACE("cut to " + std::to_string(size));
        overwrite(catalog(), whole.substr(0, size));
        expect_right_or_corrupt();
        expect_verify_finds_it();
        if (HasFailure()) break;
    }
    for (const std::string& tail : {std::string(1, 'x'), std::string(4096, '\0')}) {
        overwrite(catalog(), whole + tail);
        expect_right_or_corrupt();
        expect_verify_finds_it();
    }
    overwrite(catalog(), whole.substr(0, whole.size() / 2));
    expect_repair_brings_all_back();
}

TEST_F(DamagedCatalog, EmptyMissingOrSomethingElse) {
    const std::string whole = read_file(catalog());
    const auto check = [&](const std::string& what, const std::function<void()>& put) {
        SCOPED_TRACE(what);
        put_back_two(whole);
        stdfs::remove_all(catalog());
        put();
        const auto listed = store_->list();
        ASSERT_FALSE(listed);
        expect_names_catalog_and_repair(listed.error());
        expect_verify_finds_it();
        const auto report = store_->snapshot(source().string(), {}, notes_);
        ASSERT_FALSE(report) << "a snapshot into a store without a catalog";
        expect_names_catalog_and_repair(report.error());
        if (stdfs::is_directory(catalog())) stdfs::remove(catalog());
        expect_repair_brings_all_back();
    };
    check("missing", [] {});
    check("empty", [&] { write_file(catalog(), ""); });
    check("text", [&] { write_file(catalog(), code_like(10000, 1)); });
    check("noise", [&] { write_file(catalog(), random_bytes(65536, 1)); });
    check("a pack", [&] { stdfs::copy_file(first_pack(), catalog()); });
}

// The journal of a catalog that is no more must not be undone into another one.
TEST_F(DamagedCatalog, AStrayJournalChangesNothing) {
    for (const std::string& journal :
         {std::string(), code_like(5000, 1), random_bytes(9000, 2), std::string(4096, '\0')}) {
        write_file(catalog().string() + "-journal", journal);
        expect_restores("first", first_tree());
        expect_restores("second", second_tree());
    }
}

}  // namespace
}  // namespace holt::test
