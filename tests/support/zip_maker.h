// Makes zips, right ones and wrong ones, byte by byte: what is not said otherwise is true. Shares
// nothing with the code under test. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holt::test {

inline std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

inline std::uint32_t zip_crc(const std::string& bytes) {
    std::uint32_t crc = ~0u;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/// An extra field.
inline std::string zip_extra(unsigned id, const std::string& data) {
    return little(id, 2) + little(data.size(), 2) + data;
}

/// What one header says: nothing is the truth.
struct ZipSays {
    std::optional<std::string> name{}, extra{};
    std::optional<std::uint32_t> flags{}, method{}, crc{}, compressed{}, size{};
};

struct ZipMember {
    std::string name = "file";
    std::string content{};
    std::uint32_t mode = 0100644;  ///< as st_mode, of the central directory
    unsigned flags = 0, method = 0;
    std::optional<std::string> packed{};  ///< the content as it is stored
    std::string extra{};                  ///< of both headers
    std::string descriptor{};             ///< behind the content
    std::string before{};                 ///< in front of its local header
    ZipSays local{}, central{};
    std::optional<std::uint32_t> external{}, offset{};
    unsigned system = 3, disk = 0;
    std::string comment{};
};

struct ZipEnd {
    std::string front{};             ///< in front of all, not counted in any offset
    std::string before_directory{};  ///< a gap
    std::optional<std::uint64_t> count{}, count_here{}, size{}, offset{};
    unsigned disk = 0;
    std::string comment{};
    std::optional<std::uint64_t> comment_size{};
    std::string behind{};
    bool zip64 = false;  ///< records of zip64, and all ones in the end
    std::optional<std::uint64_t> locator{}, count64{}, size64{}, offset64{}, rest64{};
    unsigned disks = 1;
};

inline std::string zip_common(const ZipMember& member, const ZipSays& says) {
    const std::string& packed = member.packed ? *member.packed : member.content;
    const std::string name = says.name.value_or(member.name);
    const std::string extra = says.extra.value_or(member.extra);
    // Version 2.0, 1980-01-01 00:00.
    return little(20, 2) + little(says.flags.value_or(member.flags), 2) +
           little(says.method.value_or(member.method), 2) + little(0, 2) + little(0x21, 2) +
           little(says.crc.value_or(zip_crc(member.content)), 4) +
           little(says.compressed.value_or(static_cast<std::uint32_t>(packed.size())), 4) +
           little(says.size.value_or(static_cast<std::uint32_t>(member.content.size())), 4) +
           little(name.size(), 2) + little(extra.size(), 2);
}

inline std::string zip_local(const ZipMember& member) {
    return "PK\x03\x04" + zip_common(member, member.local) +
           member.local.name.value_or(member.name) + member.local.extra.value_or(member.extra) +
           member.packed.value_or(member.content) + member.descriptor;
}

inline std::string make_zip(const std::vector<ZipMember>& members, const ZipEnd& end = {}) {
    std::string zip, directory;
    for (const ZipMember& member : members) {
        zip += member.before;
        const std::uint32_t external = member.external.value_or(member.mode << 16);
        directory += "PK\x01\x02" + little(member.system << 8 | 20, 2) +
                     zip_common(member, member.central) + little(member.comment.size(), 2) +
                     little(member.disk, 2) + little(0, 2) + little(external, 4) +
                     little(member.offset.value_or(static_cast<std::uint32_t>(zip.size())), 4) +
                     member.central.name.value_or(member.name) +
                     member.central.extra.value_or(member.extra) + member.comment;
        zip += zip_local(member);
    }
    zip += end.before_directory;
    const std::uint64_t offset = zip.size(), count = members.size(), size = directory.size();
    zip += directory;
    if (end.zip64) {
        const std::uint64_t at = zip.size();
        zip += "PK\x06\x06" + little(end.rest64.value_or(44), 8) + little(45, 2) + little(45, 2) +
               little(0, 8) + little(end.count64.value_or(count), 8) +
               little(end.count64.value_or(count), 8) + little(end.size64.value_or(size), 8) +
               little(end.offset64.value_or(offset), 8);
        zip += "PK\x06\x07" + little(0, 4) + little(end.locator.value_or(at), 8) +
               little(end.disks, 4);
    }
    const auto number = [&](const std::optional<std::uint64_t>& said, std::uint64_t truth, int n) {
        return little(said.value_or(end.zip64 ? ~std::uint64_t{0} : truth), n);
    };
    return end.front + zip + "PK\x05\x06" + little(end.disk, 2) + little(0, 2) +
           number(end.count_here ? end.count_here : end.count, count, 2) +
           number(end.count, count, 2) + number(end.size, size, 4) + number(end.offset, offset, 4) +
           little(end.comment_size.value_or(end.comment.size()), 2) + end.comment + end.behind;
}

}  // namespace holt::test
