#include "store/find.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <unordered_set>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "store/catalog/snapshot_info.h"
#include "store/content/tree_cursor.h"
#include "store/operation/reporter.h"
#include "store/source/exclude.h"
#include "store/trees/listing.h"

namespace holt::store {
namespace {

constexpr const char* kFind = "find";

struct Question {
    Exclude glob;
    const FindOptions& options;

    bool is_about(const TreeEntry& entry, const std::string& path) const {
        const bool asks_for_files = !options.digest.empty() || options.min_size || options.max_size;
        if (asks_for_files && (entry.kind != fs::Kind::file || entry.left_out != LeftOut::no))
            return false;
        return (glob.empty() || glob.matches(path, entry.kind)) &&
               (options.digest.empty() || entry.content.hex().starts_with(options.digest)) &&
               entry.size >= options.min_size.value_or(0) &&
               (!options.max_size || entry.size <= *options.max_size) &&
               (!options.newer || entry.mtime >= *options.newer) &&
               (!options.older || entry.mtime <= *options.older);
    }
};

Result<Question> make_question(const FindOptions& options) {
    constexpr std::size_t kLeast = 8;
    if (!options.digest.empty() &&
        (options.digest.size() < kLeast || options.digest.size() > 2 * Digest::kSize ||
         options.digest.find_first_not_of("0123456789abcdef") != std::string::npos))
        return fail(ErrorKind::usage, kFind, options.digest, "it is no digest",
                    "give 8 to 64 hex digits, as b3sum prints them");
    std::vector<std::string> globs;
    if (!options.glob.empty()) globs.push_back(options.glob);
    HOLT_TRY_LET(glob, Exclude::compile(globs));
    return Question{std::move(glob), options};
}

Result<std::vector<SnapshotRow>> snapshots_to_search(Catalog& catalog, const FindOptions& options) {
    HOLT_TRY_LET(all, catalog.snapshots());
    if (!options.snaps.empty()) {
        std::unordered_set<Digest> meant;
        for (const std::string& snap : options.snaps) {
            HOLT_TRY_LET(row, catalog.find_snapshot(snap));
            meant.insert(row.id);
        }
        std::erase_if(all, [&](const SnapshotRow& row) { return !meant.contains(row.id); });
    }
    std::ranges::reverse(all);
    return all;
}

// Walks the snapshots, the newest first. What a path holds is told once: a folder that was seen at
// its path with the same digest has nothing new.
class Search {
  public:
    Search(ChunkReader& reader, const Question& question, const FoundVisitor& visit,
           Reporter& reporter)
        : reader_(reader), question_(question), visit_(visit), reporter_(reporter) {}

    Status look_into(const SnapshotRow& row) {
        const SnapshotInfo info = to_info(row);
        ++report_.snapshots;
        std::vector<std::pair<TreeEntry, std::string>> to_visit{{row.record.root, ""}};
        while (!to_visit.empty()) {
            const Cancel* cancel = question_.options.cancel;
            if (cancel != nullptr && cancel->requested()) return cancelled(kFind);
            const auto [folder, path] = std::move(to_visit.back());
            to_visit.pop_back();
            if (!question_.options.all && !is_new(folder, path)) continue;
            const std::size_t known = to_visit.size();
            TreeCursor cursor(reader_, folder, path);
            for (;;) {
                auto next = cursor.next_entry();
                if (!next) HOLT_TRY(pass_over(info, path, std::move(next).error()));
                if (!next || *next == nullptr) break;
                TreeEntry& entry = **next;
                std::string below = fs::join_path(path, entry.name);
                if (tell(info, entry, below) == Visit::stop) {
                    stopped_ = true;
                    return {};
                }
                if (entry.kind == fs::Kind::folder)
                    to_visit.emplace_back(std::move(entry), std::move(below));
            }
            std::reverse(to_visit.begin() + static_cast<std::ptrdiff_t>(known), to_visit.end());
        }
        return {};
    }
    FindReport& report() noexcept { return report_; }
    /// The visitor wants no more.
    bool stopped() const noexcept { return stopped_; }

  private:
    // Whether a folder was not seen yet at this path with this content.
    bool is_new(const TreeEntry& entry, const std::string& path) {
        blake3::Hasher key;
        key.update(entry.content.view());
        key.update(as_bytes(path));
        return seen_.insert(key.digest()).second;
    }
    Visit tell(const SnapshotInfo& info, const TreeEntry& entry, const std::string& path) {
        if (!question_.is_about(entry, path)) return Visit::more;
        // Of a folder that has other content, only its own entry is asked about.
        if (!question_.options.all && !told_.insert(key_of(entry, path)).second) return Visit::more;
        ++report_.found;
        return visit_({info, to_info(entry, path)});
    }
    // What of an entry is asked about, by its digest: of a million names a set of paths would take
    // three times as much.
    static Digest key_of(const TreeEntry& entry, const std::string& path) {
        std::string key = path + '\0' + static_cast<char>(entry.kind);
        if (entry.kind == fs::Kind::file) key += as_text(entry.content.view());
        return blake3::hash(as_bytes(key + entry.symlink_target));
    }
    Status pass_over(const SnapshotInfo& info, const std::string& path, Error error) {
        if (error.kind != ErrorKind::corrupt && error.sys_errno != EIO)
            return std::unexpected(std::move(error));
        ++report_.damaged;
        error.cause = "folder '" + printable(path) + "' of snapshot " + info.id.short_hex() + ": " +
                      error.cause;
        reporter_.note(Severity::left_out, error);
        return {};
    }

    ChunkReader& reader_;
    const Question& question_;
    const FoundVisitor& visit_;
    Reporter& reporter_;
    std::unordered_set<Digest> seen_, told_;
    FindReport report_;
    bool stopped_ = false;
};

}  // namespace

Result<FindReport> find_in_snapshots(const StoreFolder& folder, Catalog& catalog,
                                     const FindOptions& options, const FoundVisitor& visit,
                                     Observer& observer) {
    Reporter reporter(observer);
    HOLT_TRY_LET(question, make_question(options));
    HOLT_TRY_LET(snapshots, snapshots_to_search(catalog, options));
    ChunkReader reader(folder, catalog);
    Search search(reader, question, visit, reporter);
    for (const SnapshotRow& snapshot : snapshots) {
        if (search.stopped()) break;
        HOLT_TRY(search.look_into(snapshot));
    }
    return search.report();
}

}  // namespace holt::store
