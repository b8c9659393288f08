// The tar reader against a second one that shares nothing with it but the format's numbers: plain
// headers (V7, ustar, GNU), long names of GNU and extended headers with names and sizes. The second
// reader says nothing about a tar with anything else in it. Where both read a tar to its end, they
// must have seen the same entries, with the same content.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/tar/tar_reader.h"

namespace {

using namespace holt;

struct Entry {
    char type = '0';
    std::string path{}, link{}, content{};
    bool operator==(const Entry&) const = default;
};
using Entries = std::optional<std::vector<Entry>>;

constexpr std::size_t kBlock = 512;

std::string text_at(const std::string& block, std::size_t at, std::size_t size) {
    return std::string(block.substr(at, size).c_str());
}

std::optional<std::uint64_t> octal_at(const std::string& block, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = at; i < at + size; ++i) {
        const char digit = block[i];
        if (digit == '\0' || digit == ' ') {
            if (i == at) return std::nullopt;
            break;
        }
        if (digit < '0' || digit > '7') return std::nullopt;
        value = value * 8 + static_cast<unsigned>(digit - '0');
    }
    return value;
}

bool sum_is_right(std::string block) {
    const auto stated = octal_at(block, 148, 8);
    std::memset(block.data() + 148, ' ', 8);
    std::uint64_t sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    return stated == sum;
}

/// Names and a size; false for any other record, or one in another form.
bool read_records(const std::string& text, Entry& entry, std::optional<std::uint64_t>& size) {
    std::size_t at = 0;
    while (at < text.size()) {
        char* end = nullptr;
        const unsigned long length = std::strtoul(text.c_str() + at, &end, 10);
        const std::string record = text.substr(at, length);
        const std::size_t space = record.find(' '), equals = record.find('=');
        if (length == 0 || record.size() != length || record.back() != '\n') return false;
        if (space == record.npos || equals == record.npos || equals < space) return false;
        if (end != text.c_str() + at + space) return false;
        const std::string key = record.substr(space + 1, equals - space - 1);
        const std::string value = record.substr(equals + 1, length - equals - 2);
        if (value.empty() || value.find('\0') != value.npos) return false;
        if (key == "path") {
            entry.path = value;
        } else if (key == "linkpath") {
            entry.link = value;
        } else if (key == "size" && value.find_first_not_of("0123456789") == value.npos &&
                   value.size() < 12) {
            size = std::strtoull(value.c_str(), nullptr, 10);
        } else {
            return false;
        }
        at += length;
    }
    return true;
}

Entries second_reader(const std::string& tar) {
    std::vector<Entry> entries;
    Entry next;
    std::optional<std::uint64_t> size;
    for (std::size_t at = 0; at + kBlock <= tar.size();) {
        const std::string block = tar.substr(at, kBlock);
        if (block == std::string(kBlock, '\0')) return entries;
        const auto stated = octal_at(block, 124, 12);
        if (!sum_is_right(block) || !stated) return std::nullopt;
        const char type = block[156] == '\0' ? '0' : block[156];
        const bool has_content = type == '0' || type == 'x' || type == 'L' || type == 'K';
        const std::uint64_t length = !has_content ? 0 : type == '0' && size ? *size : *stated;
        at += kBlock;
        if (length > tar.size() - at) return std::nullopt;
        const std::string content = tar.substr(at, length);
        at += std::min<std::size_t>((length + kBlock - 1) / kBlock * kBlock, tar.size() - at);
        if (type == 'x') {
            if (!read_records(content, next, size)) return std::nullopt;
            continue;
        }
        if (type == 'L' || type == 'K') {
            (type == 'L' ? next.path : next.link) = content.c_str();
            continue;
        }
        if (type < '0' || type > '6') return std::nullopt;
        next.type = type;
        if (next.path.empty()) {
            const std::string prefix = block.compare(257, 6, std::string("ustar\0", 6)) == 0
                                           ? text_at(block, 345, 155)
                                           : "";
            next.path = (prefix.empty() ? "" : prefix + "/") + text_at(block, 0, 100);
        }
        if (next.link.empty() && (type == '1' || type == '2')) next.link = text_at(block, 157, 100);
        // Whether a folder of an old header has content is not the same to all.
        if (block[156] == '\0' && next.path.ends_with('/') && length > 0) return std::nullopt;
        if (type == '0' && next.path.ends_with('/')) next.type = '5';
        // In the name of a link or of a device it says nothing.
        while (next.type != '5' && next.path.ends_with('/')) next.path.pop_back();
        if (next.type == '0') next.content = content;
        if (next.type != '1' && next.type != '2') next.link.clear();
        entries.push_back(std::exchange(next, {}));
        size.reset();
    }
    return std::nullopt;
}

class Whole final : public store::ByteSource {
  public:
    explicit Whole(const std::string& bytes) : rest_(as_bytes(bytes)) {}
    Result<ByteView> next() override { return std::exchange(rest_, {}); }

  private:
    ByteView rest_;
};

char type_of(const store::ArchiveEntry& entry) {
    using What = store::ArchiveEntry::What;
    switch (entry.what) {
        case What::file:
            return '0';
        case What::hard_link:
            return '1';
        case What::symlink:
            return '2';
        case What::folder:
            return '5';
        case What::fifo:
            return '6';
        default:
            return '3';
    }
}

/// Nothing where it refuses the tar, or takes an entry for sparse.
Entries our_reader(const std::string& tar) {
    Whole source(tar);
    store::MetadataBudget budget(
        64u << 20, 1000, [&] { return std::uint64_t{tar.size()}; }, "fuzz");
    store::TarReader reader(source, "fuzz", budget, [](Severity, const Error&) {});
    std::vector<Entry> entries;
    for (;;) {
        store::ArchiveEntry entry;
        const auto found = reader.next(entry);
        if (!found) return std::nullopt;
        if (!*found) return entries;
        Entry& seen = entries.emplace_back();
        seen.type = type_of(entry);
        seen.path = entry.path;
        seen.link = entry.link;
        for (;;) {
            const auto piece = reader.read();
            if (!piece) return std::nullopt;
            if (piece->empty()) break;
            seen.content += as_text(*piece);
        }
    }
}

/// Fuzzers do not find sums.
void make_sums_right(std::string& tar) {
    for (std::size_t at = 0; at + kBlock <= tar.size(); at += kBlock) {
        if (tar.compare(at + 257, 5, "ustar") != 0) continue;
        std::memset(tar.data() + at + 148, ' ', 8);
        unsigned sum = 0;
        for (std::size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(tar[at + i]);
        for (std::size_t i = 6; i-- > 0; sum >>= 3)
            tar[at + 148 + i] = static_cast<char>('0' + (sum & 7));
        tar[at + 154] = '\0';
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string tar(reinterpret_cast<const char*>(data), size);
    make_sums_right(tar);
    tar += std::string(2 * kBlock, '\0');
    const Entries theirs = second_reader(tar);
    if (!theirs) return 0;
    Entries ours = our_reader(tar);
    if (!ours) return 0;
    for (Entry& entry : *ours)
        if (entry.type == '3')  // of devices it says no more
            entry.link.clear();
    if (ours->size() != theirs->size()) std::abort();
    for (std::size_t i = 0; i < ours->size(); ++i) {
        Entry other = (*theirs)[i];
        if (other.type == '4') other.type = '3';
        if (!((*ours)[i] == other)) std::abort();
    }
    return 0;
}
