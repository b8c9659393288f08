#include "store/source/space_file.h"

#include <utility>

#include "fs/file.h"
#include "fs/metadata/metadata.h"
#include "store/source/file_hash.h"
#include "store/source/file_reading.h"

namespace holt::store {
namespace {

// What a moment's look at the file tells.
Result<FileFacts> read_once(int fd, fs::FileClock& clock, const std::string& shown,
                            fs::BufferPool& buffers) {
    FileFacts facts;
    HOLT_TRY_LET(look, look_before_reading(fd, clock, shown));
    facts.stat = look.stat;
    facts.is_file = look.stat.kind == fs::Kind::file;
    if (!facts.is_file) return facts;
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd, shown, &facts.lost));
    facts.xattrs = std::move(xattrs);
    HOLT_TRY_LET(hashed, hash_file(fd, look.stat, shown, buffers));
    facts.content = hashed.content;
    facts.stable = hashed.size == look.stat.size;
    if (facts.stable && !look.shows_changes) {
        HOLT_TRY_LET(again, hash_file(fd, look.stat, shown, buffers));
        facts.stable = again.content == hashed.content;
    }
    HOLT_TRY_LET(after, fs::stat_fd(fd, shown));
    facts.stable = facts.stable && is_same(look.stat, after);
    return facts;
}

}  // namespace

Result<FileFacts> read_file_facts(int folder_fd, const std::string& name, std::uint64_t size,
                                  HashWhat what, const std::string& shown,
                                  fs::BufferPool& buffers) {
    FileFacts facts;
    HOLT_TRY_LET(fd, fs::open_read(folder_fd, name, shown));
    HOLT_TRY_LET(before, fs::stat_fd(fd.get(), shown));
    facts.stat = before;
    facts.is_file = before.kind == fs::Kind::file;
    if (!facts.is_file || (what == HashWhat::same_size && before.size != size)) return facts;
    HOLT_TRY_LET(xattrs, fs::read_xattrs(fd.get(), shown));
    facts.xattrs = std::move(xattrs);
    HOLT_TRY_LET(hashed, hash_file(fd.get(), before, shown, buffers));
    facts.content = hashed.content;
    HOLT_TRY_LET(after, fs::stat_fd(fd.get(), shown));
    facts.stable = is_same(before, after);
    return facts;
}

Result<FileFacts> read_stable_file_facts(int folder_fd, const std::string& name,
                                         fs::FileClock& clock, const std::string& shown,
                                         fs::BufferPool& buffers) {
    for (int tries = 0; tries < kMaxTries; ++tries) {
        HOLT_TRY_LET(fd, fs::open_read(folder_fd, name, shown));
        HOLT_TRY_LET(facts, read_once(fd.get(), clock, shown, buffers));
        if (!facts.is_file) return std::unexpected(no_longer_a_file(shown));
        if (facts.stable) return facts;
    }
    return std::unexpected(changed_while_read(shown));
}

}  // namespace holt::store
