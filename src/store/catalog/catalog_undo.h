// An interrupted commit that was undone although its journal, or the database too, cannot be
// changed: readers of a store that they may not write need not wait for someone who may.
//
// SQLite plays the journal back as always. Where the database cannot be written, what it writes is
// kept here, in memory, over the pages of the file: as many pages as the journal has. The journal
// stays where it is, and is not looked at again for as long as it is the same file: before anyone
// can write to the database they must undo the commit too, with the same result, and remove it.
// Thread rule: a value; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/unique_fd.h"
#include "store/catalog/catalog_page.h"

namespace holt::store {

struct CatalogUndo {
    /// Over the pages of the file, by number; used only if `in_memory`.
    std::unordered_map<std::uint64_t, CatalogPage> pages{};
    /// The database's length, if it was cut.
    std::optional<std::uint64_t> size{};
    bool in_memory = false;

    /// The journal, once it was played back: held open, so that no other file gets its inode.
    UniqueFd journal{};
    std::uint64_t dev = 0, ino = 0;
    bool done = false;
    /// Whether this is true beyond the transaction: nobody was writing when it was undone.
    bool lasts = false;

    /// The page at this offset, if it is kept here.
    const CatalogPage* page_at(std::uint64_t offset) const {
        const auto found = pages.find(offset / kCatalogPageSize + 1);
        return found == pages.end() ? nullptr : &found->second;
    }
};

}  // namespace holt::store
