// Inputs and one-call forms of the gzip codec for its tests; zlib as the reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codec/gzip/compress.h"
#include "codec/gzip/decompress.h"

namespace holt::gzip::test {

/// Text with matches near and far; the same for the same size and seed.
std::string sample(std::size_t size, unsigned seed = 7);
std::string noise(std::size_t size, unsigned seed = 3);

/// A Read that gives `text` in pieces of at most `piece` bytes.
Read reading(const std::string& text, std::size_t piece = std::size_t{1} << 30);

std::string packed(const std::string& content, const EncodeOptions& options = {},
                   std::size_t piece = std::size_t{1} << 30);

struct Unpacked {
    std::string content;  ///< what was written, also before an error
    Expected<DecodeReport> report;
};
Unpacked unpacked(const std::string& bytes, const DecodeOptions& options = {},
                  std::size_t piece = std::size_t{1} << 30);

/// One member made by zlib, with a header of `flags` fields as its name says.
std::string zlib_member(const std::string& content, int level = 6);
/// The first member by zlib; nothing when zlib finds fault or anything stands behind it.
std::optional<std::string> first_member_of_zlib(const std::string& bytes);
/// All members by zlib; nothing when zlib finds fault. Ignores what stands behind them.
std::optional<std::string> zlib_content(const std::string& bytes);

}  // namespace holt::gzip::test
