// What is known of a file that names the folder it stands in: its places, and what each becomes
// when the tree is moved.
//
// A file has up to three forms. *Original*: as it was found. *Stored*: each place that names the
// folder holds a fixed placeholder, so that the same file built at two paths is stored once.
// *Moved*: as it must be at another path. A place says, without the content around it, what bytes
// stand there in each form; so any form is made from any other by replacing places (splices.h), a
// piece of a file at a time, and a file on disk is checked against the digest of its original.
//
// A path that is shorter is filled up with slashes to the old length ("/new/////////lib/x.py"):
// lengths, offsets and sizes that other bytes state stay right. What a longer one needs differs:
//
//   text    another length
//   line    a script's first line; over 127 bytes or with a space it becomes `#!/bin/sh` and a line
//           that execs (shebang.h)
//   header  the length of a marshalled string of a .pyc, whose places are `text`
//   linked  an ELF file's run path: one that begins with $ORIGIN, in the same room
//   fixed   cannot be longer: some other part of the file counts on the length
//   cut     (also for a shorter one) the end of the string is also used by itself: the new string
//           ends in a NUL before that, and the rest stays
//   source  the size of a .py file in the header of its .pyc
//   keep    no place, but stored as one: it stays as it was
//   utf8    text, of a file or a string that must stay UTF-8
//   ascii   fixed, and the string must stay ASCII
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relocation/prefixes.h"

namespace holt::relocation {

/// What kind of file holds the path.
enum class Class : std::uint8_t {
    text = 0,
    script = 1,  ///< text with "#!"
    pyc = 2,
    elf = 3,
    archive = 4,  ///< ar
    sqlite = 5,
    pickle = 6,
    binary = 7,
    packed = 8,   ///< compressed, or with checksums: what is in it is not changed
    symlink = 9,  ///< in its target
};
inline constexpr std::uint8_t kClasses = 10;
std::string_view name(Class kind) noexcept;

/// What the placeholder of text is: of one length, so that trees from paths of any length share
/// what they store, or as long as the path, where content is placed while it is still being read.
enum class Layout : std::uint8_t { one_length = 0, same_length = 1 };

enum class Form : std::uint8_t {
    text = 0,
    line = 1,
    header = 2,
    linked = 3,
    fixed = 4,
    cut = 5,
    source = 6,
    keep = 7,
    utf8 = 8,
    ascii = 9,
};
inline constexpr std::uint8_t kForms = 10;
/// Of a first line, in Place::type: what follows it is binary; the script is read as UTF-8.
inline constexpr std::uint8_t kPayload = 1, kLineIsUtf8 = 2, kLineTypes = 4;

struct Place {
    Form form = Form::text;
    std::uint64_t offset = 0;  ///< in the stored form
    /// What stands there, with a byte for each prefix (Prefixes::byte_of). line, linked, cut: the
    /// whole string (cut: up to its NUL); text, fixed, keep: the one byte.
    std::string pattern{};
    std::string other{};          ///< linked: what to write instead of a longer path
    std::vector<Place> source{};  ///< source: those of the .py
    /// cut: bytes from the prefix's beginning that may be written. header: the original length.
    /// source: the original size.
    std::uint64_t number = 0;
    std::uint8_t type = 0;    ///< header: marshal's type byte; line: kPayload, kLineIsUtf8
    std::uint32_t inner = 0;  ///< header: how many of the next places are in the string

    bool operator==(const Place&) const = default;
};

/// Columns of two neighbouring keys of an index, as patterns.
struct Neighbours {
    std::string first, second;
    bool operator==(const Neighbours&) const = default;
};

/// What must stay as it is ordered (relocation/sqlite_order.h).
struct KeyOrder {
    bool known = true;  ///< else nothing may be moved
    std::vector<Neighbours> neighbours{};

    bool operator==(const KeyOrder&) const = default;
};

struct Relocation {
    Class kind = Class::text;
    Layout layout = Layout::one_length;
    Prefixes prefixes{};
    std::vector<Place> places{};  ///< ascending, not overlapping
    KeyOrder order{};             ///< sqlite

    bool operator==(const Relocation&) const = default;
};

/// Of a file's content; a moved one is as `target` says (relocation/target.h).
enum class Side : std::uint8_t { original, stored, moved };

/// Whether the keys of a database's indexes stay in order there. Where they do not, none of the
/// file's places may be moved.
bool keeps_order(const Relocation& relocation, std::string_view target);

/// The bytes of place `index`, of a file that keeps its order. Nothing: it cannot be moved there.
std::optional<std::string> bytes_of(const Relocation& relocation, std::size_t index, Side side,
                                    std::string_view target);

/// Why a file cannot be moved there, for people; empty when it can.
std::string problem_at(const Relocation& relocation, std::string_view target);

/// A path that is too short is filled up; one that is longer stays.
std::string filled(std::string_view path, std::size_t length);

/// What a symlink's target becomes; nothing when it does not begin with a prefix.
std::optional<std::string> moved_symlink(std::string_view link, const Prefixes& prefixes,
                                         std::string_view target);

/// What is stored instead of a path.
std::string placeholder(Layout layout, std::size_t length);

}  // namespace holt::relocation
