// Proves: a snapshot forces things to the device in the order that a power cut needs: the pack's
// bytes before its name, its name before the catalog says so, the catalog before success; and a
// durable restore likewise.
#include <algorithm>

#include "scenario/faults/fault_world.h"

namespace holt::test {
namespace {

using fs::Call;
using Calls = std::vector<fs::SeenCall>;

class CommitOrder : public FaultWorld {
  protected:
    static bool is_catalog(const fs::SeenCall& call) { return call.file == "catalog_files.cpp"; }
    static std::string shown(const Calls& calls) {
        std::string text;
        for (const fs::SeenCall& call : calls) {
            const bool matters = call.call == Call::pwrite || call.call == Call::fsync ||
                                 call.call == Call::rename || call.call == Call::mkdir ||
                                 call.call == Call::unlink || call.call == Call::syncfs;
            if (!matters) continue;
            text += std::string(fs::name(call.call)) + (is_catalog(call) ? " catalog\n" : "\n");
        }
        return text;
    }
    // What is left of `calls` after the first one from `from` on that `matches`.
    template <class Matches>
    static std::size_t first(const Calls& calls, std::size_t from, Matches matches) {
        const auto found =
            std::find_if(calls.begin() + static_cast<std::ptrdiff_t>(from), calls.end(), matches);
        return static_cast<std::size_t>(found - calls.begin());
    }
    template <class Matches>
    static std::size_t count(const Calls& calls, std::size_t from, std::size_t to,
                             Matches matches) {
        return static_cast<std::size_t>(
            std::count_if(calls.begin() + static_cast<std::ptrdiff_t>(from),
                          calls.begin() + static_cast<std::ptrdiff_t>(to), matches));
    }
    static bool syncs_file(const fs::SeenCall& call) {
        return call.call == Call::fsync && !is_catalog(call);
    }
    static bool writes_catalog(const fs::SeenCall& call) {
        return call.call == Call::pwrite && is_catalog(call);
    }

    void expect_order(bool new_folder) {
        Calls calls;
        {
            const fs::ScopedFaultPlan plan;
            ASSERT_TRUE(snapshot("new"));
            calls = plan.sequence();
        }
        SCOPED_TRACE(shown(calls));
        const auto is_rename = [](const fs::SeenCall& call) { return call.call == Call::rename; };
        const std::size_t rename = first(calls, 0, is_rename);
        ASSERT_LT(rename, calls.size());
        EXPECT_EQ(count(calls, 0, calls.size(), is_rename), 1u) << "one pack was expected";

        // 2. The pack's bytes, then one fsync, then the name, with nothing written between.
        const auto writes = [](const fs::SeenCall& call) { return call.call == Call::pwrite; };
        std::size_t last_write = rename;
        while (last_write > 0 && !writes(calls[last_write])) --last_write;
        EXPECT_EQ(count(calls, last_write, rename, syncs_file), 1u)
            << "the pack is not forced before its name is there";

        // 3. Its folder, and packs/ when that folder is new, before the catalog is touched.
        const std::size_t journal = first(calls, rename, writes_catalog);
        ASSERT_LT(journal, calls.size());
        EXPECT_EQ(count(calls, 0, rename, writes_catalog), 0u);
        EXPECT_EQ(count(calls, rename, journal, syncs_file), new_folder ? 2u : 1u)
            << "the pack's name is not forced before the catalog refers to it";

        // 4. The journal is forced before the pages, the pages before the journal goes, and the
        // folder after that.
        const auto removes_journal = [](const fs::SeenCall& call) {
            return call.call == Call::unlink && is_catalog(call);
        };
        const auto syncs_catalog = [](const fs::SeenCall& call) {
            return call.call == Call::fsync && is_catalog(call);
        };
        const std::size_t commit = first(calls, journal, removes_journal);
        ASSERT_LT(commit, calls.size());
        EXPECT_GE(count(calls, journal, commit, syncs_catalog), 2u);
        std::size_t last_page = commit;
        while (!writes_catalog(calls[last_page])) --last_page;
        EXPECT_GE(count(calls, last_page, commit, syncs_catalog), 1u)
            << "the catalog's pages are not forced before its journal goes";
        EXPECT_EQ(count(calls, commit, calls.size(), syncs_catalog), 1u)
            << "that the journal is gone is not forced";
        EXPECT_EQ(count(calls, commit, calls.size(), writes_catalog), 0u);

        // 5. The snapshot's mark: pending on the device before the commit, settled on it after.
        const auto writes_mark = [](const fs::SeenCall& call) {
            return call.call == Call::pwrite && !is_catalog(call);
        };
        const std::size_t pending = first(calls, rename, writes_mark);
        ASSERT_LT(pending, commit) << "no mark was written before the commit";
        EXPECT_GE(count(calls, pending, commit, syncs_file), 1u)
            << "the pending mark is not forced before the commit";
        const std::size_t settled = first(calls, commit, writes_mark);
        ASSERT_LT(settled, calls.size()) << "no mark was settled";
        EXPECT_GE(count(calls, settled, calls.size(), syncs_file), 1u)
            << "the settled mark is not forced";
    }
};

TEST_F(CommitOrder, OfAFirstSnapshot) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    EXPECT_EQ(in_child([&] { expect_order(true); }), 0);
}

TEST_F(CommitOrder, WhereThePacksFolderIsThereAlready) {
    if (ran_in_fresh_process()) return;
    put_empty_store();
    for (int i = 0; i < 256; ++i) {
        static constexpr char kHex[] = "0123456789abcdef";
        std::filesystem::create_directory(store() / "packs" /
                                          std::string{kHex[i / 16], kHex[i % 16]});
    }
    EXPECT_EQ(in_child([&] { expect_order(false); }), 0);
}

// A new store is durable, CACHEDIR.TAG last, before init says so.
TEST_F(CommitOrder, OfInit) {
    if (ran_in_fresh_process()) return;
    clear();
    const int end = in_child([&] {
        Calls calls;
        {
            const fs::ScopedFaultPlan plan;
            ASSERT_TRUE(Store::init(store().string()));
            calls = plan.sequence();
        }
        SCOPED_TRACE(shown(calls));
        const auto is_rename = [](const fs::SeenCall& call) { return call.call == Call::rename; };
        const std::size_t tag = first(calls, 0, is_rename);
        ASSERT_LT(tag, calls.size());
        EXPECT_EQ(count(calls, tag, calls.size(), writes_catalog), 0u);
        EXPECT_GE(count(calls, tag, calls.size(), syncs_file), 1u);
        const auto makes = [](const fs::SeenCall& call) { return call.call == Call::mkdir; };
        std::size_t last_made = tag;
        while (!makes(calls[last_made])) --last_made;
        EXPECT_GE(count(calls, last_made, tag, syncs_file), 3u);
    });
    EXPECT_EQ(end, 0);
}

// --durable: the file system is forced before the tree gets its name, and its folder after.
TEST_F(CommitOrder, OfADurableRestore) {
    if (ran_in_fresh_process()) return;
    for (const bool durable : {true, false}) {
        put_store_with_one();
        const int end = in_child([&] {
            Calls calls;
            {
                const fs::ScopedFaultPlan plan;
                ASSERT_TRUE(restore("one", out(), {.durable = durable}));
                calls = plan.sequence();
            }
            SCOPED_TRACE(shown(calls));
            const auto syncs = [](const fs::SeenCall& call) {
                return call.call == Call::syncfs || syncs_file(call);
            };
            const auto is_rename = [](const fs::SeenCall& call) {
                return call.call == Call::rename;
            };
            const std::size_t published = first(calls, 0, is_rename);
            ASSERT_LT(published, calls.size());
            EXPECT_EQ(count(calls, 0, published, syncs), durable ? 1u : 0u);
            EXPECT_EQ(count(calls, published, calls.size(), syncs), durable ? 1u : 0u);
        });
        EXPECT_EQ(end, 0);
    }
}

}  // namespace
}  // namespace holt::test
