#include "archive/format/zip_format.h"

#include <algorithm>
#include <utility>

#include "base/endian.h"

namespace holt::store::zip {
namespace {

constexpr std::pair<std::uint16_t, std::string_view> kMethods[] = {
    {0, "stored"},
    {1, "shrunk"},
    {2, "reduced"},
    {3, "reduced"},
    {4, "reduced"},
    {5, "reduced"},
    {6, "imploded"},
    {7, "tokenized"},
    {8, "deflate"},
    {9, "Deflate64"},
    {10, "imploded (PKWARE DCL)"},
    {12, "bzip2"},
    {14, "LZMA"},
    {16, "IBM CMPSC"},
    {18, "IBM TERSE"},
    {19, "IBM LZ77"},
    {20, "zstd"},
    {93, "zstd"},
    {94, "MP3"},
    {95, "xz"},
    {96, "JPEG"},
    {97, "WavPack"},
    {98, "PPMd"},
    {99, "AES encryption"},
};

constexpr std::uint16_t kVersion = 45, kMadeBy = 3 << 8 | kVersion;  // Unix

// Reads numbers one behind the other. The caller knows that they are there.
struct Fields {
    const std::uint8_t* at;
    template <class T>
    T next() noexcept {
        const T value = load_le<T>(at);
        at += sizeof(T);
        return value;
    }
    std::uint16_t u16() noexcept { return next<std::uint16_t>(); }
    std::uint32_t u32() noexcept { return next<std::uint32_t>(); }
    std::uint64_t u64() noexcept { return next<std::uint64_t>(); }
};

Header next_header(Fields& fields) noexcept {
    Header header;
    header.version = fields.u16();
    header.flags = fields.u16();
    header.method = fields.u16();
    header.time = fields.u16();
    header.date = fields.u16();
    header.crc = fields.u32();
    header.compressed = fields.u32();
    header.size = fields.u32();
    header.name_size = fields.u16();
    header.extra_size = fields.u16();
    return header;
}

void append_header(Bytes& out, const Header& header) {
    append_number(out, header.version);
    append_number(out, header.flags);
    append_number(out, header.method);
    append_number(out, header.time);
    append_number(out, header.date);
    append_number(out, header.crc);
    append_number(out, static_cast<std::uint32_t>(header.compressed));
    append_number(out, static_cast<std::uint32_t>(header.size));
    append_number(out, header.name_size);
    append_number(out, header.extra_size);
}

template <class T>
T fitting(std::uint64_t value) noexcept {
    return static_cast<T>(std::min<std::uint64_t>(value, static_cast<T>(~T{0})));
}

}  // namespace

std::string_view method_name(std::uint16_t method) noexcept {
    for (const auto& [number, name] : kMethods)
        if (number == method) return name;
    return "an unknown method";
}

Header decode_local(ByteView bytes) noexcept {
    Fields fields{bytes.data() + 4};
    return next_header(fields);
}

DirectoryHeader decode_directory(ByteView bytes) noexcept {
    Fields fields{bytes.data() + 4};
    DirectoryHeader entry;
    entry.made_by = fields.u16();
    entry.header = next_header(fields);
    entry.comment_size = fields.u16();
    entry.disk = fields.u16();
    fields.u16();  // what the content is: text or not
    entry.external = fields.u32();
    entry.offset = fields.u32();
    return entry;
}

void append_local(Bytes& out, const Header& header) {
    append_number(out, kLocalMagic);
    append_header(out, header);
}

void append_directory(Bytes& out, const DirectoryHeader& entry) {
    append_number(out, kDirectoryMagic);
    append_number(out, kMadeBy);
    append_header(out, entry.header);
    append_number(out, entry.comment_size);
    append_number(out, entry.disk);
    append_number(out, std::uint16_t{0});
    append_number(out, entry.external);
    append_number(out, static_cast<std::uint32_t>(entry.offset));
}

End decode_end(ByteView bytes) noexcept {
    Fields fields{bytes.data() + 4};
    End end;
    end.disk = fields.u16();
    end.directory_disk = fields.u16();
    end.count_here = fields.u16();
    end.count = fields.u16();
    end.size = fields.u32();
    end.offset = fields.u32();
    return end;
}

End decode_end64(ByteView bytes) noexcept {
    Fields fields{bytes.data() + 16};
    End end;
    end.disk = fields.u32();
    end.directory_disk = fields.u32();
    end.count_here = fields.u64();
    end.count = fields.u64();
    end.size = fields.u64();
    end.offset = fields.u64();
    return end;
}

void append_end(Bytes& out, const End& end) {
    if (end.count >= kFull16 || end.size >= kFull32 || end.offset >= kFull32) {
        append_number(out, kEnd64Magic);
        append_number(out, std::uint64_t{kEnd64Size - 12});
        append_number(out, kMadeBy);
        append_number(out, kVersion);
        append_number(out, std::uint32_t{0});
        append_number(out, std::uint32_t{0});
        append_number(out, end.count);
        append_number(out, end.count);
        append_number(out, end.size);
        append_number(out, end.offset);
        append_number(out, kLocatorMagic);
        append_number(out, std::uint32_t{0});
        append_number(out, end.offset + end.size);
        append_number(out, std::uint32_t{1});
    }
    append_number(out, kEndMagic);
    append_number(out, std::uint16_t{0});
    append_number(out, std::uint16_t{0});
    append_number(out, fitting<std::uint16_t>(end.count));
    append_number(out, fitting<std::uint16_t>(end.count));
    append_number(out, fitting<std::uint32_t>(end.size));
    append_number(out, fitting<std::uint32_t>(end.offset));
    append_number(out, std::uint16_t{0});
}

// The last record counts, since readers differ in what they make of a second one: some take the one
// whose comment ends with the file, some the last that they see.
FoundEnd find_end(ByteView tail) noexcept {
    using What = FoundEnd::What;
    FoundEnd last;
    if (tail.size() < kEndSize) return last;
    for (std::size_t at = tail.size() - kEndSize + 1; at-- > 0;) {
        if (load_le<std::uint32_t>(tail.data() + at) != kEndMagic) continue;
        const std::size_t comment = load_le<std::uint16_t>(tail.data() + at + 20);
        const ByteView behind = tail.subspan(at + kEndSize);
        if (last.what != What::none) {
            if (comment == behind.size()) return {What::ambiguous, at};
            continue;
        }
        if (comment > behind.size()) {
            last = {What::cut, at};
        } else {
            const ByteView rest = behind.subspan(comment);
            const bool zeros = std::ranges::all_of(rest, [](std::uint8_t b) { return b == 0; });
            last = {zeros ? What::found : What::followed, at};
        }
    }
    return last;
}

}  // namespace holt::store::zip
