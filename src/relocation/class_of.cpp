#include <algorithm>
#include <array>
#include <string_view>

#include "relocation/analyze.h"
#include "relocation/elf.h"
#include "relocation/strings.h"

namespace holt::relocation {
namespace {

using namespace std::string_view_literals;

struct Magic {
    std::size_t offset;
    std::string_view bytes;
};

// What these hold is compressed, or stands under checksums that a changed byte would break.
constexpr std::array kPacked = {
    Magic{0, "PK\3\4"sv},                            // zip, jar, wheel
    Magic{0, "\x1F\x8B"sv},                          // gzip
    Magic{0, "\x28\xB5\x2F\xFD"sv},                  // zstd
    Magic{1, "\x2A\x4D\x18"sv},                      // a skippable frame of zstd or lz4
    Magic{0, "\x04\x22\x4D\x18"sv},                  // lz4
    Magic{0, "\xFD\x37zXZ\0"sv},                     // xz
    Magic{0, "BZh"sv},                               // bzip2
    Magic{0, "LZIP"sv},                              // lzip
    Magic{0, "7z\xBC\xAF\x27\x1C"sv},                // 7z
    Magic{0, "Rar!\x1A\x07"sv},                      // rar
    Magic{0, "MSCF\0\0\0\0"sv},                      // cabinet
    Magic{257, "ustar"sv},                           // tar
    Magic{0, "070702"sv},                            // cpio with checksums
    Magic{0, "hsqs"sv},                              // squashfs
    Magic{0, "\x89PNG\r\n\x1A\n"sv},                 // PNG
    Magic{0, "\x89HDF\r\n\x1A\n"sv},                 // HDF5
    Magic{0, "\x37\x7F\x06\x82"sv},                  // SQLite's write-ahead log
    Magic{0, "\x37\x7F\x06\x83"sv},                  //
    Magic{0, "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7"sv},  // SQLite's rollback journal
    Magic{0, "PACK\0\0\0"sv},                        // git
    Magic{0, "DIRC\0\0\0"sv},                        //
};
// At the end of a table of LevelDB and RocksDB.
constexpr std::array kPackedEnds = {"\x57\xFB\x80\x8B\x24\x75\x47\xDB"sv,
                                    "\xF7\xCF\xF4\x85\xB7\x41\xE2\x88"sv};

bool is_packed(std::string_view content) noexcept {
    return std::ranges::any_of(kPacked,
                               [&](const Magic& magic) {
                                   return content.size() > magic.offset &&
                                          content.substr(magic.offset).starts_with(magic.bytes);
                               }) ||
           std::ranges::any_of(kPackedEnds,
                               [&](std::string_view end) { return content.ends_with(end); });
}

}  // namespace

Class class_of(ByteView content, std::string_view path) noexcept {
    const std::string_view text = as_text(content);
    if (path.ends_with(".pyc") && text.size() > 4 && text.substr(2, 2) == "\r\n") return Class::pyc;
    if (is_elf(content)) return Class::elf;
    if (text.starts_with("!<arch>\n")) return Class::archive;
    if (text.starts_with("SQLite format 3\0"sv)) return Class::sqlite;
    if (is_packed(text)) return Class::packed;
    if (text.starts_with("#!")) return Class::script;
    if (text.ends_with('.') && pickle_strings(content)) return Class::pickle;
    // It counts its bytes from its beginning.
    if (text.starts_with("%PDF-")) return Class::binary;
    return text.contains('\0') || text.starts_with('\x80') ? Class::binary : Class::text;
}

}  // namespace holt::relocation
