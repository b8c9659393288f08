// Proves: every changed byte and every truncation of a pack is found by verify and by restore, and
// nothing of it is published; the catalog is right or says that it is not; repair brings back every
// snapshot whose packs are whole, puts the damaged pack aside and keeps what is whole in it; the
// next snapshot of the source heals the rest.
#include <sys/stat.h>

#include "scenario/damage/damage_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class Damaged : public DamageWorld {
  protected:
    // I3: found by verify, which names the pack and the snapshot; a restore publishes nothing.
    void expect_found(const std::string& what) {
        SCOPED_TRACE(what);
        const auto verified = store_->verify({}, {}, notes_);
        if (verified) {
            EXPECT_FALSE(verified->damage.empty());
            bool named = false;
            for (const Damage& damage : verified->damage) {
                EXPECT_EQ(damage.what.kind, ErrorKind::corrupt) << damage.what.message();
                EXPECT_FALSE(damage.what.advice.empty()) << damage.what.message();
                named = named || (damage.what.object.find(second_id()) != std::string::npos &&
                                  damage.snapshots == std::vector<std::string>{"second"});
            }
            EXPECT_TRUE(named);
        } else {
            EXPECT_EQ(verified.error().kind, ErrorKind::corrupt) << verified.error().message();
        }
        const auto restored = store_->restore("second", out().string(), {}, notes_);
        ASSERT_FALSE(restored) << "restored from a damaged pack";
        EXPECT_EQ(restored.error().kind, ErrorKind::corrupt) << restored.error().message();
        expect_nothing_published();
    }
    void expect_nothing_published() {
        EXPECT_FALSE(stdfs::exists(out()));
        for (const auto& entry : stdfs::directory_iterator(dir_.path())) {
            EXPECT_EQ(entry.path().filename().string().find(".holt-"), std::string::npos) << entry;
        }
    }
    void expect_first_restores() { expect_restores("first", first_tree()); }

    // The damaged pack is aside, "first" restores, "second" is whole or reported; then it heals.
    void repair_and_heal(const std::string& what) {
        SCOPED_TRACE(what);
        const auto repaired = Store::repair(store_path().string(), {}, notes_);
        ASSERT_TRUE(repaired) << repaired.error().message();
        ASSERT_EQ(repaired->quarantined.size(), 1u);
        EXPECT_EQ(repaired->quarantined[0].hex(), second_id());
        EXPECT_TRUE(stdfs::exists(store_path() / "quarantine" / second_pack().filename()));
        EXPECT_FALSE(stdfs::exists(second_pack()));
        expect_first_restores();
        expect_restores_or_is_reported("second", second_tree(), *repaired);

        const auto again = store_->snapshot(source().string(), {.name = "again"}, notes_);
        ASSERT_TRUE(again) << again.error().message();
        expect_first_restores();
        expect_restores("again", second_tree());
        const auto verified = store_->verify({}, {}, notes_);
        ASSERT_TRUE(verified) << verified.error().message();
        for (const Damage& damage : verified->damage) ADD_FAILURE() << damage.what.message();
        if (store_->find("second")) expect_restores("second", second_tree());
    }
};

TEST_F(Damaged, EveryByteOfAPackIsFound) {
    const std::string whole = read_file(second_pack());
    ASSERT_LT(whole.size(), 4096u);
    for (std::size_t at = 0; at < whole.size() && !HasFailure(); ++at) {
        for (unsigned bit = long_tests() ? 0 : at % 8; bit < 8; bit += long_tests() ? 1 : 8) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ (1u << bit));
            overwrite(second_pack(), changed);
            expect_found("bit " + std::to_string(bit) + " of byte " + std::to_string(at) + " of " +
                         std::to_string(whole.size()));
            if (at % 101 == 0) expect_first_restores();
        }
    }
    overwrite(second_pack(), whole);
    expect_restores("second", second_tree());
}

// Ninety-nine in a hundred of two packs is both of them; but nothing is walked, and no structure of
// the catalog is read whole.
TEST_F(Damaged, ASampleOfThePacksFindsWhatIsInThem) {
    const VerifyOptions sample{.subset_percent = 99};
    const auto whole_store = store_->verify({}, sample, notes_);
    ASSERT_TRUE(whole_store) << whole_store.error().message();
    EXPECT_TRUE(whole_store->damage.empty());
    EXPECT_EQ(whole_store->packs, 2u);
    EXPECT_EQ(whole_store->snapshots, 2u);

    const std::string whole = read_file(second_pack());
    for (std::size_t at = 0; at < whole.size(); at += 97) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        overwrite(second_pack(), changed);
        const auto report = store_->verify({}, sample, notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_FALSE(report->damage.empty()) << "byte " << at;
    }
    overwrite(second_pack(), whole);
    stdfs::remove(first_pack());
    const auto missing = store_->verify({}, sample, notes_);
    ASSERT_TRUE(missing) << missing.error().message();
    ASSERT_FALSE(missing->damage.empty());
    EXPECT_EQ(missing->damage.front().snapshots, std::vector<std::string>{"first"});
}

TEST_F(Damaged, EveryTruncationOfAPackIsFound) {
    const std::string whole = read_file(second_pack());
    for (std::size_t size = 0; size < whole.size() && !HasFailure(); ++size) {
        overwrite(second_pack(), whole.substr(0, size));
        expect_found("cut to " + std::to_string(size));
    }
    overwrite(second_pack(), whole + '\0');
    expect_found("one byte too many");
    overwrite(second_pack(), whole + whole);
    expect_found("twice itself");
}

TEST_F(Damaged, AMissingPackIsFound) {
    stdfs::remove(second_pack());
    expect_found("missing");
    expect_first_restores();
    stdfs::create_directory(second_pack());
    expect_found("a folder in its place");
    stdfs::remove(second_pack());
    stdfs::create_symlink(first_pack(), second_pack());
    const auto restored = store_->restore("second", out().string(), {}, notes_);
    ASSERT_FALSE(restored);
    expect_nothing_published();
    stdfs::remove_all(second_pack().parent_path());
    expect_found("its folder missing");
    const auto repaired = Store::repair(store_path().string(), {}, notes_);
    ASSERT_TRUE(repaired) << repaired.error().message();
    EXPECT_FALSE(repaired->damage.empty());
    expect_first_restores();
}

TEST_F(Damaged, AnotherPackUnderItsNameIsFound) {
    const std::string whole = read_file(second_pack()), other = read_file(first_pack());
    overwrite(second_pack(), other);
    expect_found("the content of another pack");
    expect_first_restores();
    // Its own blocks with the footer of another pack, and the reverse.
    const std::size_t cut = std::min(whole.size(), other.size()) / 2;
    overwrite(second_pack(), whole.substr(0, cut) + other.substr(other.size() - cut));
    expect_found("the end of another pack");
    overwrite(second_pack(), other.substr(0, cut) + whole.substr(cut));
    expect_found("the begin of another pack");
}

TEST_F(Damaged, RepairKeepsWhatIsWholeAndTheNextSnapshotHeals) {
    const std::string whole = read_file(second_pack());
    save_store();
    const std::size_t step = long_tests() ? 1 : 17;
    for (std::size_t at = 0; at < whole.size() && !HasFailure(); at += step) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x80);
        put_saved_store();
        overwrite(second_pack(), changed);
        repair_and_heal("byte " + std::to_string(at) + " of " + std::to_string(whole.size()));
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{40}, whole.size() - 1}) {
        put_saved_store();
        overwrite(second_pack(), whole.substr(0, size));
        repair_and_heal("cut to " + std::to_string(size));
    }
}

// A pack that is not referred to may be damaged under the very name that a new one will get: what
// an interrupted snapshot left, or a damaged pack that repair did not come to put aside.
TEST_F(Damaged, ADamagedPackIsNotTakenForANewOneOfItsName) {
    const stdfs::path large = dir_ / "large";
    write_file(large / "content", random_bytes(34u << 20, 5));  // more than one pack
    const auto first = store_->snapshot(large.string(), {.name = "l"}, notes_);
    ASSERT_TRUE(first);
    const auto packs = all_packs();
    save_store();

    // The same snapshot in a store that does not know of the first pack, but has it, damaged.
    auto fresh = Store::init((dir_ / "fresh").string());
    ASSERT_TRUE(fresh);
    std::size_t planted = 0;
    for (const stdfs::path& pack : packs) {
        if (stdfs::file_size(pack) < (1u << 20)) continue;
        const stdfs::path to = dir_ / "fresh" / pack.lexically_relative(store_path());
        stdfs::create_directories(to.parent_path());
        std::string content = read_file(pack);
        content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
        overwrite(to, content);
        ++planted;
    }
    ASSERT_GT(planted, 0u);
    const auto again = fresh->snapshot(large.string(), {.name = "l"}, notes_);
    ASSERT_TRUE(again) << again.error().message();
    const auto restored = fresh->restore("l", out().string(), {}, notes_);
    ASSERT_TRUE(restored) << restored.error().message();
    expect_same_trees(large, out());
    const auto verified = fresh->verify({}, {}, notes_);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->damage.empty());
}

}  // namespace
}  // namespace holt::test
