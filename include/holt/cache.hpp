// Environments by key: hash what an environment is made from, restore it if the store has it, save
// it if not.
//
// A key is the digest of a canonical list of inputs: lock files, variables, texts, the platform,
// what tools say of their version. The order in which they are given, absolute paths, and how
// something is stored are never part of it. The list is kept with what is saved under the key, so
// that a miss can say which input changed. Any other text may be a key, too; then there is no list.
//
// An entry of the cache is a snapshot with a key, in one scope. A scope says who sees it: a reader
// has an ordered list of scopes, a writer one, and what is saved in one scope is never given to who
// does not list it. "main" is where snapshots go that name none. Entries do not change: what was
// saved first under a key stays, unless it is replaced on purpose.
// Thread rule: values, and free functions from any thread; the operations are Store's.
#pragma once

#include <holt/store.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holt {

inline constexpr std::string_view kMainScope = "main";

enum class KeyInputKind : std::uint8_t {
    file = 1,  ///< the content of a file, by its path below the root
    glob,      ///< the names and contents of very many files, by the pattern that found them
    env,       ///< a variable's value, and whether it is set
    text,      ///< the name itself
    platform,  ///< "system", "machine" or "libc"
    tool       ///< what a command printed
};
HOLT_API std::string_view name(KeyInputKind kind) noexcept;

struct KeyInput {
    KeyInputKind kind = KeyInputKind::file;
    std::string name{};   ///< bytes
    Digest digest{};      ///< of the content, value, text or output
    std::string value{};  ///< of a platform or tool, for people: "glibc 2.36"
    bool operator==(const KeyInput&) const = default;
};

struct KeyChange {
    enum class How : std::uint8_t { added, removed, changed };
    How how = How::changed;
    KeyInput input{};            ///< as it is now, or was
    std::string value_before{};  ///< of one that changed
};
HOLT_API std::string_view name(KeyChange::How how) noexcept;

struct KeyOptions {
    std::string prefix{};              ///< the key is this text and 64 hex digits
    std::vector<std::string> files{};  ///< each must be there
    /// As SnapshotOptions::exclude has them, below the root; each must find a file. .git folders
    /// are not looked into.
    std::vector<std::string> globs{};
    std::vector<std::string> env{};    ///< names of variables of this process
    std::vector<std::string> texts{};  ///< anything, such as a number to be raised
    /// Commands, and what each printed.
    std::vector<std::pair<std::string, std::string>> tools{};
    bool platform = false;  ///< system, machine and C library
    std::string root{};     ///< that names are relative to; empty: the working directory
    const Cancel* cancel = nullptr;

    bool any() const noexcept {
        return !files.empty() || !globs.empty() || !env.empty() || !texts.empty() ||
               !tools.empty() || platform;
    }
};

/// A key, and the list that it is the digest of, if that is known.
struct CacheKey {
    std::string key{};
    std::vector<KeyInput> inputs{};
};

/// Needs no store. A file that is missing is `failed`, never `not_found`: that is a miss.
HOLT_API Result<CacheKey> hash_key(const KeyOptions& options);
/// What is different in `now`, sorted by kind and name.
HOLT_API std::vector<KeyChange> compare_inputs(const std::vector<KeyInput>& before,
                                               const std::vector<KeyInput>& now);

struct CacheQuery {
    CacheKey key{};
    /// When there is no entry of the key: the newest whose key begins with one of these, in their
    /// order. At least 2 bytes each, and not only '/'.
    std::vector<std::string> restore_keys{};
    std::vector<std::string> scopes{std::string(kMainScope)};  ///< the first has precedence
    /// When nothing else is there: the entry that shares most inputs.
    bool nearest = false;
};

enum class CacheMatch : std::uint8_t { none, nearest, partial, exact };
HOLT_API std::string_view name(CacheMatch match) noexcept;

/// Why there is no entry of the key itself.
struct CacheMiss {
    bool evicted = false;  ///< it was there
    Time evicted_at{};
    std::string evicted_why{};  ///< in words: "used longer ago than what fits into the size"
    /// The entry that shares most inputs, and what is different now. Empty when none shares any.
    std::optional<SnapshotInfo> nearest{};
    std::vector<KeyChange> changes{};
};

struct CacheFound {
    CacheMatch match = CacheMatch::none;
    std::optional<SnapshotInfo> snapshot{};  ///< unless none
    CacheMiss miss{};                        ///< unless exact
};

struct CacheRestoreOptions {
    CacheQuery query{};
    bool exact = false;  ///< nothing but the key itself counts
    /// How files are written. Here the default is to link.
    RestoreOptions restore{.link = LinkMode::hardlink};
};

struct CacheRestoreReport {
    CacheFound found{};
    std::vector<RestoreReport> folders{};  ///< one for each that was asked for; none on a miss
    std::chrono::milliseconds time{0};     ///< that the restores took
    std::optional<std::chrono::milliseconds> saved{};  ///< against the command that made it
};

struct CacheSaveOptions {
    CacheKey key{};
    std::string scope{kMainScope};
    bool replace = false;           ///< an entry of the key that is there goes
    bool allow_incomplete = false;  ///< save although items had to be left out
    std::optional<std::chrono::milliseconds> build_time{};  ///< what it took to make it
    /// Name, tags, what to leave out, level. Its key is not used. Here the default is that the
    /// folders can be moved; files of one may name another.
    SnapshotOptions snapshot{.relocatable = true};
    /// For each folder the absolute path that its files name it by, when that is another than where
    /// it is. Empty: where it is.
    std::vector<std::string> made_at{};
};

struct CacheSaveReport {
    enum class Outcome : std::uint8_t {
        saved,
        already,   ///< an entry of the key has just this content
        kept,      ///< an entry of the key has another content, and stays
        replaced,  ///< that entry was forgotten
    };
    Outcome outcome = Outcome::saved;
    SnapshotReport report{};  ///< its snapshot is the entry that is there now
};
HOLT_API std::string_view name(CacheSaveReport::Outcome outcome) noexcept;

/// What a build came to.
struct BuildResult {
    bool succeeded = false;
    /// As CacheSaveOptions::made_at. What was made there is moved to where the folders are.
    std::vector<std::string> made_at{};
};

struct CacheRunOptions {
    CacheRestoreOptions restore{};
    CacheSaveOptions save{};  ///< its key is not used
    /// Makes the environment from the nearest one: that is restored first, as files of their own.
    bool from_nearest = false;
    /// How long to wait while another process builds the same key; nothing: until it is done.
    std::optional<std::chrono::milliseconds> wait{};
    /// Called once before waiting, with "pid 4711 (holt cache run ...)" as far as it is known.
    std::function<void(const std::string& holder)> waiting{};
    /// Called before the build, with what was found instead.
    std::function<void(const CacheFound& found)> missed{};
};

struct CacheRunReport {
    CacheRestoreReport restored{};  ///< its `found` says what was found first
    bool built = false;
    bool waited = false;                ///< for another process that was building it
    std::chrono::milliseconds time{0};  ///< of the build
    std::optional<CacheSaveReport> saved{};
};

struct CacheEvictOptions {
    std::vector<std::string> keys{};
    std::optional<std::string> prefix{};
    std::vector<std::string> scopes{};             ///< none: any
    std::optional<std::int64_t> unused_seconds{};  ///< not saved or restored for so long
    bool dry_run = false;
};
struct CacheEvictReport {
    std::vector<SnapshotInfo> evicted{};
};

/// A day of use, in UTC.
struct CacheDay {
    std::int64_t day = 0;  ///< since 1970-01-01
    std::uint64_t hits = 0, partial = 0, misses = 0, saves = 0, evictions = 0;
    std::uint64_t bytes = 0;         ///< that the restored environments have
    std::uint64_t milliseconds = 0;  ///< saved, against the commands that made them
};
struct CacheEviction {
    std::string key{}, scope{};
    Time when{};
    std::string why{};
};
struct CacheStats {
    std::vector<CacheDay> days{};            ///< oldest first; days without use are left out
    std::vector<CacheEviction> evictions{};  ///< the last ones, newest first
    std::uint64_t entries = 0;               ///< snapshots with a key
};

/// What each of these snapshots holds, and what it shares with the others.
struct SharingReport {
    std::vector<SnapshotInfo> snapshots{};  ///< oldest first
    std::vector<std::uint64_t> content{};   ///< bytes of distinct content of each
    std::vector<std::uint64_t> adds{};      ///< of these, what none before it has
    /// Bytes that both have: shared[i][j] for j < i.
    std::vector<std::vector<std::uint64_t>> shared{};
    std::uint64_t not_looked_at = 0;  ///< older snapshots, when there are too many
};

}  // namespace holt
