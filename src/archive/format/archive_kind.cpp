#include "archive/format/archive_kind.h"

#include <algorithm>
#include <array>
#include <bit>

#include "archive/format/tar_format.h"
#include "base/endian.h"

namespace holt::store {
namespace {

constexpr std::string_view kLz4Magic = "\x04\x22\x4d\x18";
constexpr std::size_t kSkippableHeader = 8;  // magic, and the length of what follows

bool is_skippable(ByteView head) noexcept {
    return head.size() >= 4 && (load_le<std::uint32_t>(head.data()) & 0xFFFFFFF0u) == 0x184D2A50u;
}

/// Behind all of them that end within `head`; empty where one goes on behind it.
ByteView without_skippable(ByteView head) noexcept {
    while (is_skippable(head)) {
        if (head.size() < kSkippableHeader) return {};
        const auto length = load_le<std::uint32_t>(head.data() + 4);
        if (length > head.size() - kSkippableHeader) return {};
        head = head.subspan(kSkippableHeader + length);
    }
    return head;
}

// A magic may be the beginning of a file's name, which is how a tar begins; a header's checksum is
// right by no accident.
bool is_tar_beyond_doubt(ByteView head) noexcept {
    if (head.size() < tar::kBlock) return false;
    tar::Block block;
    std::copy_n(head.begin(), tar::kBlock, block.begin());
    return tar::checksum_is_right(block);
}

// What LZMA's own format begins with is no magic: a byte of parameters, the window's size in four
// bytes, which is a power of two or one and a half of it, and the content's in eight, which all
// programs leave unknown or far below 256 GiB (lzma-file-format.txt of XZ Utils).
bool is_lzma(ByteView head) noexcept {
    constexpr std::size_t kWindow = 1, kSize = 5, kHeader = 13;
    constexpr unsigned kParameters = 9 * 5 * 5;
    constexpr std::uint32_t kSmallest = 1 << 12;
    if (head.size() < kHeader || head[0] >= kParameters) return false;
    const auto window = load_le<std::uint32_t>(head.data() + kWindow);
    const std::uint32_t without_first = window & (window - 1);
    const bool is_window = window >= kSmallest &&
                           (without_first == 0 || (std::has_single_bit(without_first) &&
                                                   window - without_first == without_first / 2));
    const auto size = load_le<std::uint64_t>(head.data() + kSize);
    return is_window && (size == ~std::uint64_t{0} || size < std::uint64_t{1} << 38);
}

using namespace std::string_view_literals;

constexpr std::array kForeign = {
    ForeignFormat{"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x"},
    ForeignFormat{"Rar!\x1a\x07", "a RAR archive", "unrar x"},
    ForeignFormat{"\x1f\x9d", "compressed by `compress`", "gzip -d"},
    ForeignFormat{"\x1f\x1e", "compressed by `pack`", "gzip -d"},
    ForeignFormat{"\x89LZO", "compressed by `lzop`", "lzop -d"},
    ForeignFormat{"\x02\x21\x4c\x18", "in lz4's legacy frames", "lz4 -d"},
    ForeignFormat{"LRZI", "compressed by `lrzip`", "lrzip -d"},
    ForeignFormat{"070701", "a cpio archive", "cpio -id"},
    ForeignFormat{"070702", "a cpio archive", "cpio -id"},
    ForeignFormat{"070707", "a cpio archive", "cpio -id"},
    ForeignFormat{"\xc7\x71", "a cpio archive", "cpio -id"},
    ForeignFormat{"\x71\xc7", "a cpio archive", "cpio -id"},
    ForeignFormat{"!<arch>\n", "an ar archive, as a .deb is", "ar x"},
    ForeignFormat{"\xed\xab\xee\xdb", "an RPM package", "rpm2archive"},
    ForeignFormat{"MSCF\0\0\0\0"sv, "a cabinet", "7z x"},
    ForeignFormat{"xar!", "a xar archive", "bsdtar -xf"},
    ForeignFormat{"hsqs", "a SquashFS image", "unsquashfs"},
};

}  // namespace

bool is_program(ByteView head) noexcept {
    const std::string_view text = as_text(head);
    return text.starts_with("#!") || text.starts_with("MZ") ||
           text.starts_with(
               "\x7f"
               "ELF");
}

ArchiveKind recognise_archive(ByteView head) noexcept {
    const auto begins = [&](std::string_view magic) { return as_text(head).starts_with(magic); };
    if (is_tar_beyond_doubt(head)) return ArchiveKind::tar;
    if (begins("holtfile")) return ArchiveKind::holt;
    if (begins("\x1f\x8b")) return ArchiveKind::gzip;
    // The last two stand in front of a zip that was, or was to be, split.
    if (begins("PK\x03\x04") || begins("PK\x05\x06") || begins("PK\x07\x08") || begins("PK00PK"))
        return ArchiveKind::zip;
    if (is_skippable(head)) {
        // zstd's and lz4's are the same: the frame behind them tells, where it can be seen.
        const ByteView behind = without_skippable(head);
        return as_text(behind).starts_with(kLz4Magic) ? ArchiveKind::lz4 : ArchiveKind::zstd;
    }
    if (begins("\x28\xb5\x2f\xfd")) return ArchiveKind::zstd;
    if (begins({"\xfd"
                "7zXZ\0",
                6}))
        return ArchiveKind::xz;
    if (begins("BZh")) return ArchiveKind::bzip2;
    if (begins(kLz4Magic)) return ArchiveKind::lz4;
    if (begins("LZIP")) return ArchiveKind::lzip;
    if (is_lzma(head)) return ArchiveKind::lzma;
    if (head.size() < tar::kBlock) return ArchiveKind::unknown;
    tar::Block block;
    std::copy_n(head.begin(), tar::kBlock, block.begin());
    // One with a wrong checksum is for the reader, which says where.
    const bool is_tar = tar::is_zero(block) || tar::dialect(block) != tar::Dialect::old;
    return is_tar ? ArchiveKind::tar : ArchiveKind::unknown;
}

const ForeignFormat* foreign_format(ByteView head) noexcept {
    const auto is = [&](const ForeignFormat& one) { return as_text(head).starts_with(one.magic); };
    const auto found = std::ranges::find_if(kForeign, is);
    return found == kForeign.end() ? nullptr : &*found;
}

}  // namespace holt::store
