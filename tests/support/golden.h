// Golden files: bytes of the present format, checked in, so that a change of the format is seen in
// review. HOLT_ACCEPT_GOLDEN=1 in the environment writes them anew: that is for a change that is
// meant, whose version is raised (docs/FORMAT.md). Thread rule: one thread.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace holt::test {

inline std::filesystem::path golden_path(const std::string& name) {
    return std::filesystem::path(HOLT_TEST_DATA) / name;
}

inline bool accepting_golden() {
    const char* const value = std::getenv("HOLT_ACCEPT_GOLDEN");
    return value != nullptr && *value != '\0';
}

/// Lines of an offset, 16 bytes in hex, and what is printable of them.
inline std::string hex_dump(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kPerLine = 16;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += kPerLine) {
        const auto line = bytes.subspan(at, std::min(kPerLine, bytes.size() - at));
        std::string hex, text;
        for (const std::uint8_t byte : line) {
            hex += fmt::format("{:02x} ", byte);
            text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
        }
        out += fmt::format("{:06x}  {:<48} {}\n", at, hex, text);
    }
    return out;
}

/// Fails unless the file golden/`name` says `text`.
inline void expect_golden(const std::string& name, const std::string& text) {
    const auto path = golden_path(name);
    if (accepting_golden()) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    std::ifstream in(path, std::ios::binary);
    ASSERT_TRUE(in) << path << " is missing; HOLT_ACCEPT_GOLDEN=1 writes it";
    const std::string recorded{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(recorded, text) << "the format changed: raise its version, then HOLT_ACCEPT_GOLDEN=1";
}

}  // namespace holt::test
