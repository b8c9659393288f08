// What of an ELF file (64 bits, little-endian: x86-64, arm64) matters when a path in it changes.
//
//   run path  the string of DT_RUNPATH, DT_RPATH or DT_NEEDED in the dynamic string table
//   inside    where code or data points into a string: the linker lets "/opt/3.11" and "3.11" share
//             the bytes of the longer one. Found: addresses that x86-64 code takes relative to
//             itself (lea), absolute ones where the file has a fixed address, ADRP with ADD of
//             arm64, addends of relocations, and names in the symbol tables.
// Every offset is checked. Thread rule: one object, one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace holt::relocation {

bool is_elf(ByteView file) noexcept;

class Elf {
  public:
    /// Nothing when it is no such file, or a damaged one.
    static std::optional<Elf> parse(ByteView file);

    struct Text {
        std::uint64_t begin = 0, end = 0;  ///< of the string in the file, without its NUL
    };
    /// The run path (or needed library) that covers this offset of the file.
    std::optional<Text> linked_string(std::uint64_t offset) const;

    /// For ranges of the file, ascending and not overlapping: the least offset within each, but for
    /// its first byte, that something points to; nothing when nothing does.
    std::vector<std::optional<std::uint64_t>> first_inside(const std::vector<Text>& ranges) const;

  private:
    struct Segment {
        std::uint64_t offset = 0, address = 0, size = 0;
        bool executable = false;
    };
    struct Section {
        std::uint32_t type = 0, link = 0;
        std::uint64_t offset = 0, size = 0;
    };
    explicit Elf(ByteView file) : file_(file) {}
    bool read_segments();
    void read_sections();
    void read_dynamic(std::uint64_t offset, std::uint64_t size);
    std::optional<std::uint64_t> offset_of(std::uint64_t address) const noexcept;
    ByteView part(std::uint64_t offset, std::uint64_t size) const noexcept;
    template <class Visit>
    void visit_x86_code(const Segment& code, Visit&& visit) const;
    template <class Visit>
    void visit_arm_code(const Segment& code, Visit&& visit) const;
    template <class Visit>
    void visit_tables(Visit&& visit) const;

    ByteView file_;
    bool arm_ = false, fixed_address_ = false;
    std::vector<Segment> segments_;
    std::vector<Section> sections_;
    std::vector<Text> linked_;
};

}  // namespace holt::relocation
