// What holt zstd writes at every level is read whole by every reader of zstd that is installed.
#include <gtest/gtest.h>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

class ZstdReaders : public FilterFixture {
  protected:
    ZstdReaders() : FilterFixture("zstd") {}
};

constexpr int kNotInstalled = 77;

struct ReaderProgram {
    const char* program;
    std::vector<std::string> args;
};

const std::vector<ReaderProgram>& readers() {
    static const std::vector<ReaderProgram> all = {
        {"zstd", {"-dcq", "--memory=256MB"}},
        {"zstdmt", {"-dcq", "--memory=256MB"}},
        {"pzstd", {"-dcq"}},
        {"bsdcat", {}},
        {"7z", {"x", "-tzstd", "-si", "-so"}},
        {"tar", {"--zstd", "-xO"}},
        {"python3",
         {"-c",
          "import ctypes, ctypes.util, sys\n"
          "z = ctypes.CDLL(ctypes.util.find_library('zstd') or 'libzstd.so.1')\n"
          "z.ZSTD_decompress.restype = ctypes.c_size_t\n"
          "data = sys.stdin.buffer.read()\n"
          "out = ctypes.create_string_buffer(1 << 24)\n"
          "size = z.ZSTD_decompress(out, ctypes.c_size_t(len(out)), data, "
          "ctypes.c_size_t(len(data)))\n"
          "sys.exit(1) if z.ZSTD_isError(ctypes.c_size_t(size)) else "
          "sys.stdout.buffer.write(out.raw[:size])"}},
        {"/usr/bin/python3",
         {"-c",
          "import sys\n"
          "try: import zstandard\n"
          "except ImportError: sys.exit(77)\n"
          "limits = zstandard.ZstdDecompressor(max_window_size=1 << 28)\n"
          "limits.copy_stream(sys.stdin.buffer, sys.stdout.buffer)"}},
        {"/usr/bin/python3",
         {"-c",
          "import sys\n"
          "try: import libarchive\n"
          "except ImportError: sys.exit(77)\n"
          "with libarchive.memory_reader(sys.stdin.buffer.read(), 'raw', 'zstd') as archive:\n"
          "  for entry in archive:\n"
          "    for block in entry.get_blocks(): sys.stdout.buffer.write(block)"}},
        {"python3",
         {"-c",
          "import sys\n"
          "try: from compression import zstd\n"
          "except ImportError: sys.exit(77)\n"
          "sys.stdout.buffer.write(zstd.decompress(sys.stdin.buffer.read()))"}},
        {"node",
         {"-e",
          "const z = require('zlib').zstdDecompressSync; if (!z) process.exit(77);"
          "const c = []; process.stdin.on('data', d => c.push(d)); process.stdin.on('end', () =>"
          "process.stdout.write(z(Buffer.concat(c))))"}},
    };
    return all;
}

TEST_F(ZstdReaders, EveryReaderReadsEveryLevelWhole) {
    const std::string content = sample(700'000) + std::string(300'000, 'x') + sample(100'000, 9);
    const std::string tar = make("f", content);
    const auto packed_tar = other("sh", {"-c", "cd " + dir_.path().string() + " && tar -cf - f"});
    ASSERT_TRUE(packed_tar);
    std::vector<std::vector<std::string>> flags;
    for (int level = 1; level <= 19; ++level) flags.push_back({"-" + std::to_string(level)});
    flags.insert(flags.end(), {{"--fast=1"},
                               {"--fast=5"},
                               {"--ultra", "-22"},
                               {"--long", "-T2"},
                               {"--no-check"},
                               {"--rsyncable"},
                               {"-T2", "-5"}});
    std::size_t read_by = 0;
    for (std::vector<std::string> each : flags) {
        each.insert(each.end(), {"-q", "-c"});
        for (const ReaderProgram& reader : readers()) {
            const bool is_tar = reader.program == std::string("tar");
            const std::string packed = run(each, is_tar ? packed_tar->out : content).out;
            const auto read = other(reader.program, reader.args, packed);
            if (!read || read->code == kNotInstalled) continue;
            ++read_by;
            EXPECT_EQ(read->code, 0) << reader.program << ' ' << each[0] << read->err;
            EXPECT_TRUE(read->out == content) << reader.program << ' ' << each[0];
        }
    }
    EXPECT_GE(read_by, flags.size());
}

}  // namespace
}  // namespace holt::test
