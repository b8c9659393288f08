// Makes zips, right ones and wrong ones, byte by byte, with nothing compressed.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holt::test {

struct ZipMember {
    std::string name = "file";
    std::string content{};
    std::uint32_t mode = 0100644;  ///< as st_mode, of the central directory
};

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

inline std::string make_zip(const std::vector<ZipMember>& members) {
    std::string zip, directory;
    for (const ZipMember& member : members) {
        // Version 2.0, no flags, stored, 1980-01-01 00:00.
        const std::string common =
            little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0x21, 2) +
            little(zip_crc(member.content), 4) + little(member.content.size(), 4) +
            little(member.content.size(), 4) + little(member.name.size(), 2) + little(0, 2);
        directory += "PK\x01\x02" + little(3 << 8 | 20, 2) + common + little(0, 2) + little(0, 2) +
                     little(0, 2) + little(std::uint64_t{member.mode} << 16, 4) +
                     little(zip.size(), 4) + member.name;
        zip += "PK\x03\x04" + common + member.name + member.content;
    }
    const std::string end = "PK\x05\x06" + little(0, 4) + little(members.size(), 2) +
                            little(members.size(), 2) + little(directory.size(), 4) +
                            little(zip.size(), 4) + little(0, 2);
    return zip + directory + end;
}

}  // namespace holt::test
