#include "codec/gzip/gzip_support.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <random>

namespace holt::gzip::test {

std::string sample(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) {
        text += "line " + std::to_string(random() % 5000) + " of a log\n";
        if (text.size() > 100'000 && random() % 400 == 0)
            text += text.substr(random() % (text.size() - 3000), 3000);
    }
    text.resize(size);
    return text;
}

std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

Read reading(const std::string& text, std::size_t piece) {
    return [&text, piece, at = std::size_t{0}](MutableByteView into) mutable {
        const std::size_t size = std::min({piece, into.size(), text.size() - at});
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
        at += size;
        return std::optional(size);
    };
}

std::string packed(const std::string& content, const EncodeOptions& options, std::size_t piece) {
    std::string out;
    const auto report = compress(options, reading(content, piece), [&](ByteView bytes) {
        out += as_text(bytes);
        return true;
    });
    if (!report || report->input_bytes != content.size() || report->output_bytes != out.size())
        return "failed";
    return out;
}

Unpacked unpacked(const std::string& bytes, const DecodeOptions& options, std::size_t piece) {
    Unpacked result;
    result.report = decompress(options, reading(bytes, piece), [&](ByteView content) {
        result.content += as_text(content);
        return true;
    });
    return result;
}

std::string zlib_member(const std::string& content, int level) {
    z_stream stream{};
    deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, content.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

namespace {

/// Members by zlib, at most `most`, and how many bytes stand behind them.
std::optional<std::string> members_of_zlib(const std::string& bytes, int most,
                                           std::size_t& behind) {
    z_stream stream{};
    inflateInit2(&stream, 16 + MAX_WBITS);
    const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    char room[65536];
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(room);
        stream.avail_out = sizeof room;
        const int code = inflate(&stream, Z_NO_FLUSH);
        out.append(room, sizeof room - stream.avail_out);
        if (code == Z_STREAM_END) {
            behind = stream.avail_in;
            const bool more = behind >= 2 && stream.next_in[0] == 0x1F && stream.next_in[1] == 0x8B;
            if (!more || --most == 0) return out;
            inflateReset(&stream);
        } else if (code != Z_OK) {
            return std::nullopt;
        }
    }
}

}  // namespace

std::optional<std::string> zlib_content(const std::string& bytes) {
    std::size_t behind = 0;
    return members_of_zlib(bytes, 1 << 30, behind);
}

std::optional<std::string> first_member_of_zlib(const std::string& bytes) {
    std::size_t behind = 0;
    auto content = members_of_zlib(bytes, 1, behind);
    if (behind > 0) content.reset();
    return content;
}

}  // namespace holt::gzip::test
