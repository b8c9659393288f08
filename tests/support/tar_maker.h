// Makes tars, right ones and wrong ones, byte by byte; shares nothing with the code under test.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace holt::test {

struct TarHeader {
    std::string name = "file";
    char type = '0';
    std::string link{};
    std::string mode = "0000644", uid = "0000000", gid = "0000000", mtime = "00000000000";
    std::string size{};  ///< empty: that of the content
    std::string magic{"ustar\00000", 8};
    std::string prefix{};
    std::string tail{};  ///< put at 345 instead of the prefix: GNU's sparse fields begin at 386
    bool bad_checksum = false;
};

inline std::string octal(std::uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    return text;
}
/// GNU's binary form of a field of `size` bytes.
inline std::string binary(std::int64_t value, std::size_t size) {
    std::string bytes(size, value < 0 ? '\xff' : '\0');
    for (std::size_t i = 0; i < 8 && i < size; ++i)
        bytes[size - 1 - i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
    bytes[0] = static_cast<char>(bytes[0] | (value < 0 ? 0xff : 0x80));
    return bytes;
}

inline std::string tar_block(const TarHeader& h, std::size_t content) {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) {
        block.replace(at, text.size(), text);
    };
    put(0, h.name.substr(0, 100));
    put(100, h.mode);
    put(108, h.uid);
    put(116, h.gid);
    put(124, h.size.empty() ? octal(content, 11) : h.size);
    put(136, h.mtime);
    put(148, "        ");
    block[156] = h.type;
    put(157, h.link.substr(0, 100));
    put(257, h.magic);
    put(345, h.prefix);
    if (!h.tail.empty()) put(345, h.tail);
    unsigned sum = h.bad_checksum ? 1 : 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(148, octal(sum, 6) + std::string("\0 ", 2));
    return block;
}
inline std::string padded(std::string content) {
    content.resize((content.size() + 511) / 512 * 512);
    return content;
}
inline std::string tar_entry(const TarHeader& header, const std::string& content = {}) {
    return tar_block(header, content.size()) + padded(content);
}
inline std::string tar_end() {
    return std::string(1024, '\0');
}
inline std::string pax_record(const std::string& key, const std::string& value) {
    const std::string rest = " " + key + "=" + value + "\n";
    std::size_t length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length) ++length;
    return std::to_string(length) + rest;
}
inline std::string pax(const std::string& records, char type = 'x') {
    return tar_entry({.name = "pax", .type = type}, records);
}
inline std::string gnu_long(const std::string& name, char type = 'L') {
    return tar_entry({.name = "././@LongLink", .type = type}, name + '\0');
}
inline std::string folder(const std::string& name) {
    return tar_entry({.name = name, .type = '5', .mode = "0000755"});
}
inline std::string symlink(const std::string& name, const std::string& target) {
    return tar_entry({.name = name, .type = '2', .link = target});
}
inline std::string hard_link(const std::string& name, const std::string& target) {
    return tar_entry({.name = name, .type = '1', .link = target});
}

}  // namespace holt::test
