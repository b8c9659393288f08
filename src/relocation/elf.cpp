#include "relocation/elf.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/endian.h"

namespace holt::relocation {
namespace {

constexpr std::size_t kHeader = 64, kProgramHeader = 56, kSectionHeader = 64, kSymbol = 24,
                      kDynamic = 16, kRela = 24;
constexpr std::uint16_t kFixed = 2, kX86 = 62, kArm = 183;
constexpr std::uint32_t kLoad = 1, kDynamicSegment = 2, kExecutable = 1;
constexpr std::uint32_t kSymbols = 2, kRelaTable = 4, kDynamicSymbols = 11;
constexpr std::uint64_t kNeeded = 1, kStrings = 5, kStringsSize = 10, kRpath = 15, kRunpath = 29;

std::uint16_t u16(ByteView file, std::size_t at) noexcept {
    return load_le<std::uint16_t>(&file[at]);
}
std::uint32_t u32(ByteView file, std::size_t at) noexcept {
    return load_le<std::uint32_t>(&file[at]);
}
std::uint64_t u64(ByteView file, std::size_t at) noexcept {
    return load_le<std::uint64_t>(&file[at]);
}

}  // namespace

bool is_elf(ByteView file) noexcept {
    return file.size() >= kHeader && std::memcmp(file.data(),
                                                 "\x7f"
                                                 "ELF",
                                                 4) == 0;
}

// Empty when it does not lie in the file.
ByteView Elf::part(std::uint64_t offset, std::uint64_t size) const noexcept {
    if (offset > file_.size() || size > file_.size() - offset) return {};
    return file_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

std::optional<Elf> Elf::parse(ByteView file) {
    constexpr std::uint8_t k64 = 2, kLittle = 1;
    if (!is_elf(file) || file[4] != k64 || file[5] != kLittle) return std::nullopt;
    const std::uint16_t machine = u16(file, 18);
    if (machine != kX86 && machine != kArm) return std::nullopt;
    Elf elf(file);
    elf.arm_ = machine == kArm;
    elf.fixed_address_ = u16(file, 16) == kFixed;
    if (!elf.read_segments()) return std::nullopt;
    elf.read_sections();
    return elf;
}

bool Elf::read_segments() {
    const std::size_t count = u16(file_, 56);
    const ByteView headers = part(u64(file_, 32), count * kProgramHeader);
    if (headers.empty() || u16(file_, 54) != kProgramHeader) return false;
    std::uint64_t dynamic = 0, dynamic_size = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const ByteView header = headers.subspan(i * kProgramHeader, kProgramHeader);
        const Segment segment{.offset = u64(header, 8),
                              .address = u64(header, 16),
                              .size = u64(header, 32),
                              .executable = (u32(header, 4) & kExecutable) != 0};
        if (segment.size > 0 && part(segment.offset, segment.size).empty()) return false;
        if (u32(header, 0) == kLoad) segments_.push_back(segment);
        if (u32(header, 0) != kDynamicSegment) continue;
        dynamic = segment.offset;
        dynamic_size = segment.size;
    }
    read_dynamic(dynamic, dynamic_size);
    return true;
}

std::optional<std::uint64_t> Elf::offset_of(std::uint64_t address) const noexcept {
    for (const Segment& segment : segments_)
        if (address >= segment.address && address - segment.address < segment.size)
            return segment.offset + (address - segment.address);
    return std::nullopt;
}

void Elf::read_dynamic(std::uint64_t offset, std::uint64_t size) {
    const ByteView table = part(offset, size);
    std::uint64_t strings = 0, strings_size = 0;
    std::vector<std::uint64_t> names;
    for (std::size_t at = 0; at + kDynamic <= table.size(); at += kDynamic) {
        const std::uint64_t tag = u64(table, at), value = u64(table, at + 8);
        if (tag == 0) break;
        if (tag == kStrings) strings = value;
        if (tag == kStringsSize) strings_size = value;
        if (tag == kNeeded || tag == kRpath || tag == kRunpath) names.push_back(value);
    }
    const auto begin = offset_of(strings);
    if (!begin || part(*begin, strings_size).empty()) return;
    for (const std::uint64_t name : names) {
        if (name >= strings_size) continue;
        const ByteView rest = part(*begin + name, strings_size - name);
        const auto end = std::ranges::find(rest, std::uint8_t{0});
        if (end != rest.end())
            linked_.push_back(
                {*begin + name, *begin + name + static_cast<std::uint64_t>(end - rest.begin())});
    }
}

void Elf::read_sections() {
    const std::size_t count = u16(file_, 60);
    const ByteView headers = part(u64(file_, 40), count * kSectionHeader);
    if (u16(file_, 58) != kSectionHeader) return;
    for (std::size_t at = 0; at + kSectionHeader <= headers.size(); at += kSectionHeader) {
        const ByteView header = headers.subspan(at, kSectionHeader);
        sections_.push_back({.type = u32(header, 4),
                             .link = u32(header, 40),
                             .offset = u64(header, 24),
                             .size = u64(header, 32)});
    }
}

std::optional<Elf::Text> Elf::linked_string(std::uint64_t offset) const {
    for (const Text& text : linked_)
        if (offset >= text.begin && offset < text.end) return text;
    return std::nullopt;
}

// lea reg, [rip + displacement]; at a fixed address also mov reg, imm32 and push imm32.
template <class Visit>
void Elf::visit_x86_code(const Segment& code, Visit&& visit) const {
    const ByteView bytes = part(code.offset, code.size);
    constexpr std::uint8_t kLea = 0x8D, kRelative = 0x05, kModRm = 0xC7;
    for (std::size_t at = 0; at + 6 <= bytes.size(); ++at) {
        if (bytes[at] == kLea && (bytes[at + 1] & kModRm) == kRelative) {
            const auto by = static_cast<std::int32_t>(u32(bytes, at + 2));
            visit(code.address + at + 6 + static_cast<std::uint64_t>(std::int64_t{by}));
        } else if (fixed_address_ && ((bytes[at] & 0xF8) == 0xB8 || bytes[at] == 0x68)) {
            visit(u32(bytes, at + 1));
        } else if (fixed_address_ && bytes[at] == 0xC7) {
            visit(u32(bytes, at + 2));
        }
    }
}

// ADRP Xd, page; ADD Xn, Xd, #low. The page that a register holds counts until it is set again.
template <class Visit>
void Elf::visit_arm_code(const Segment& code, Visit&& visit) const {
    const ByteView bytes = part(code.offset, code.size);
    constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();
    std::array<std::uint64_t, 32> page;
    page.fill(kUnknown);
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
        const std::uint32_t word = u32(bytes, at);
        if ((word & 0x1F000000) == 0x10000000) {  // ADR, ADRP
            const std::uint32_t low = (word >> 29) & 3, high = (word >> 5) & 0x7FFFF;
            const std::int64_t value = static_cast<std::int32_t>((high << 2 | low) << 11) >> 11;
            const std::uint64_t here = code.address + at;
            if ((word & 0x80000000) != 0)
                page[word & 31] =
                    (here & ~std::uint64_t{0xFFF}) + (static_cast<std::uint64_t>(value) << 12);
            else
                visit(here + static_cast<std::uint64_t>(value));
        } else if ((word & 0xFFC00000) == 0x91000000) {  // ADD, 64 bits, immediate
            const std::uint64_t base = page[(word >> 5) & 31];
            if (base != kUnknown) visit(base + ((word >> 10) & 0xFFF));
        }
    }
}

// Addends of relocations; names in symbol tables, as addresses in their string tables' offsets.
template <class Visit>
void Elf::visit_tables(Visit&& visit) const {
    for (const Section& section : sections_) {
        const ByteView table = part(section.offset, section.size);
        if (section.type == kRelaTable) {
            for (std::size_t at = 0; at + kRela <= table.size(); at += kRela)
                if (const auto offset = offset_of(u64(table, at + 16))) visit(*offset);
        }
        const bool symbols = section.type == kSymbols || section.type == kDynamicSymbols;
        if (!symbols || section.link >= sections_.size()) continue;
        const std::uint64_t names = sections_[section.link].offset;
        for (std::size_t at = 0; at + kSymbol <= table.size(); at += kSymbol)
            visit(names + u32(table, at));
    }
    for (const Text& text : linked_) visit(text.begin);
}

std::vector<std::optional<std::uint64_t>> Elf::first_inside(const std::vector<Text>& ranges) const {
    std::vector<std::optional<std::uint64_t>> found(ranges.size());
    if (ranges.empty()) return found;
    const auto at_offset = [&](std::uint64_t offset) {
        auto range = std::ranges::lower_bound(ranges, offset, {}, &Text::begin);
        if (range == ranges.begin()) return;
        --range;  // the last that begins before it
        if (offset >= range->end) return;
        auto& least = found[static_cast<std::size_t>(range - ranges.begin())];
        least = least ? std::min(*least, offset) : offset;
    };
    // Nearly every address that code takes lies outside of all ranges: asked first, and cheaply.
    std::uint64_t low = std::numeric_limits<std::uint64_t>::max(), high = 0;
    for (const Segment& segment : segments_) {
        if (ranges.back().end <= segment.offset ||
            ranges.front().begin >= segment.offset + segment.size)
            continue;
        low = std::min(low, segment.address);
        high = std::max(high, segment.address + segment.size);
    }
    const auto at_address = [&](std::uint64_t address) {
        if (address < low || address >= high) return;
        if (const auto offset = offset_of(address)) at_offset(*offset);
    };
    for (const Segment& segment : segments_) {
        if (segment.executable && !arm_) visit_x86_code(segment, at_address);
        if (segment.executable && arm_) visit_arm_code(segment, at_address);
        if (segment.executable || !fixed_address_) continue;
        const ByteView data = part(segment.offset, segment.size);
        for (std::size_t at = 0; at + 8 <= data.size(); at += 8) at_address(u64(data, at));
    }
    visit_tables(at_offset);
    return found;
}

}  // namespace holt::relocation
