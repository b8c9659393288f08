// Extended headers of POSIX.1-2001 ("pax"): records of "LENGTH KEY=VALUE\n" before an entry (x) or
// for all that follow (g). Reading is strict: a record of another form is refused, and so is a
// record that means a name or a number which it cannot be. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "fs/stat.h"

namespace holt::store::tar {

/// An entry's extended headers take no more than this, in bytes.
inline constexpr std::uint64_t kMaxPaxBytes = 8u << 20;

/// What the records before an entry say, as far as it matters here.
struct Pax {
    std::optional<std::string> path{}, link{};
    std::optional<std::uint64_t> size{}, uid{}, gid{};
    std::optional<Time> mtime{};
    std::map<std::string, std::string> xattrs{};
    /// Said in another form (libarchive: base64), which counts less where both are there.
    std::map<std::string, std::string> other_xattrs{};
    std::optional<std::string> access_acl{}, default_acl{};  ///< as text (acl.h)
    std::set<std::string> lost{};  ///< keys of metadata that have no place in a tree
    // Sparse files of GNU tar: formats 0.0 (pieces one by one), 0.1 (a list), 1.0 (in the content).
    std::optional<std::uint64_t> sparse_major{}, sparse_minor{}, sparse_size{};
    std::optional<std::string> sparse_name{}, sparse_map{};
    std::vector<std::uint64_t> sparse_numbers{};  ///< format 0.0: offsets and lengths in turn

    bool multi_volume = false;  ///< it goes on with a file of another volume

    bool is_sparse() const noexcept {
        return sparse_major || sparse_size || sparse_map || !sparse_numbers.empty();
    }
};

/// Whether the records are for one entry or for all that follow: these must not name one.
enum class PaxScope : std::uint8_t { entry, all };

/// Adds the records of `bytes` to `pax`; what is wrong with them, or nullptr. For all entries, a
/// record takes the place of an earlier one with its key; an empty one undoes it.
const char* read_pax(ByteView bytes, PaxScope scope, Pax& pax);

/// Of the names, lists and attributes in it.
std::uint64_t bytes_of(const Pax& pax) noexcept;

/// "123.000000001", "-1.5": nothing for what is no time, or is beyond Time.
std::optional<Time> parse_time(std::string_view text) noexcept;
/// Decimal digits only.
std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

/// One record, with its length.
void append_record(Bytes& out, std::string_view key, std::string_view value);
/// The shortest text that parse_time() reads as `time`.
std::string time_text(Time time);

/// An attribute's name as part of a key: GNU tar writes "=" as %3D, and "%" as %25.
std::string encode_key(std::string_view name);

}  // namespace holt::store::tar
