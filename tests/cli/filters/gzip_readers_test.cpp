// What holt gzip writes is read whole by every reader of gzip that is installed: also by those that
// stop behind the first member (Perl, curl, wget). And what others write with places to begin at
// (pigz -i), or with what looks like them (pigz), comes back whole from holt gzip -d.
#include <gtest/gtest.h>

#include "cli/filters/filter_fixture.h"

namespace holt::test {
namespace {

class GzipReadersTest : public FilterFixture {
  protected:
    GzipReadersTest() : FilterFixture("gzip") {}
};

struct ReaderProgram {
    const char* program;
    std::vector<std::string> args;
};

const std::vector<ReaderProgram>& readers() {
    static const std::vector<ReaderProgram> all = {
        {"gzip", {"-dc"}},
        {"pigz", {"-dc"}},
        {"pigz", {"-dcp1"}},
        {"igzip", {"-dc"}},
        {"libdeflate-gzip", {"-dc"}},
        {"bgzip", {"-dc"}},
        {"busybox", {"gunzip", "-c"}},
        {"busybox", {"zcat"}},
        {"bsdcat", {}},
        {"7z", {"x", "-tgzip", "-si", "-so"}},
        {"perl",
         {"-MIO::Uncompress::Gunzip=gunzip", "-e",
          "binmode STDIN; binmode STDOUT; gunzip \\*STDIN => \\*STDOUT or die"}},
        {"perl",
         {"-MCompress::Zlib", "-0777", "-e",
          "binmode STDIN; binmode STDOUT; my $in = <STDIN>; my $out = "
          "Compress::Zlib::memGunzip($in);"
          "defined $out or die; print $out"}},
        {"python3",
         {"-c",
          "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"}},
        // The first member only, with nothing behind it.
        {"python3",
         {"-c",
          "import sys,zlib; d=zlib.decompressobj(31);"
          "sys.stdout.buffer.write(d.decompress(sys.stdin.buffer.read()));"
          "sys.exit(not d.eof or len(d.unused_data) > 0)"}},
        {"node",
         {"-e",
          "const c=[]; process.stdin.on('data', d => c.push(d)); process.stdin.on('end', () =>"
          "process.stdout.write(require('zlib').gunzipSync(Buffer.concat(c))))"}},
    };
    return all;
}

TEST_F(GzipReadersTest, EveryReaderReadsEveryLevelWhole) {
    const std::string content = sample(2'500'000) + std::string(300'000, 'x') + sample(700'000, 9);
    for (int level = 1; level <= 12; ++level) {
        const std::string packed = run({"-c", "-" + std::to_string(level)}, content).out;
        for (const ReaderProgram& reader : readers()) {
            // The slow start of some need not be paid for every level.
            const bool each = level == 1 || level == 2 || level == 6 || level == 9 || level == 12;
            if (!each && reader.program != std::string("python3")) continue;
            const auto read = other(reader.program, reader.args, packed);
            if (!read) continue;
            EXPECT_EQ(read->code, 0) << reader.program << ' ' << level << ' ' << read->err;
            EXPECT_EQ(read->out.size(), content.size()) << reader.program << ' ' << level;
            EXPECT_TRUE(read->out == content) << reader.program << ' ' << level;
        }
    }
}

// These are compiled first, which is not done for each level.
TEST_F(GzipReadersTest, JavaAndGoReadEveryLevelWhole) {
    make("Read.java", R"(
public class Read {
    public static void main(String[] names) throws Exception {
        for (String name : names)
            try (var in = new java.util.zip.GZIPInputStream(new java.io.FileInputStream(name));
                 var out = new java.io.FileOutputStream(name + ".java")) {
                in.transferTo(out);
            }
    }
}
)");
    make("read.go", R"(
package main

import (
	"compress/gzip"
	"io"
	"os"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	for _, name := range os.Args[1:] {
		in, err := os.Open(name)
		check(err)
		reader, err := gzip.NewReader(in)
		check(err)
		out, err := os.Create(name + ".go")
		check(err)
		_, err = io.Copy(out, reader)
		check(err)
	}
}
)");
    const std::string content = sample(2'500'000) + std::string(300'000, 'x') + sample(700'000, 9);
    std::string files;
    for (int level = 1; level <= 12; ++level) {
        const std::string name = std::to_string(level);
        make(name, run({"-c", "-" + name}, content).out);
        files += ' ' + name;
    }
    const auto reads = [&](const std::string& program, const std::string& command,
                           const std::string& suffix) {
        const auto done = other("sh", {"-c",
                                       "command -v " + program +
                                           " > /dev/null || exit 77; cd \"$0\" && "
                                           "GOCACHE=$PWD/cache GO111MODULE=off exec " +
                                           command + files,
                                       path(".")});
        if (!done || done->code == 77) return false;
        EXPECT_EQ(done->code, 0) << program << done->err;
        for (int level = 1; level <= 12; ++level)
            EXPECT_TRUE(read_file(path(std::to_string(level) + suffix)) == content)
                << program << ' ' << level;
        return true;
    };
    const bool java = reads("javac", "java Read.java", ".java");
    const bool go = reads("go", "go run read.go", ".go");
    if (!java && !go) GTEST_SKIP() << "neither Java's nor Go's compiler is installed";
}

TEST_F(GzipReadersTest, ADownloadArrivesWhole) {
    const std::string content = sample(6'900'000);
    make("page.gz", run({"-c"}, content).out);
    make("page", content);
    // A server that answers with this file as it is, and says that it is compressed.
    const std::string script = R"(
import http.server, shutil, subprocess, sys, threading
packed, plain = open('page.gz', 'rb').read(), open('page', 'rb').read()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Length', str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = 'http://127.0.0.1:%d/' % server.server_address[1]
for command in (['curl', '-s', '--noproxy', '*', '--compressed', url],
                ['wget', '-q', '--no-proxy', '--compression=auto', '-O', '-', url]):
    if shutil.which(command[0]) is None:
        continue
    got = subprocess.run(command, stdout=subprocess.PIPE).stdout
    if got != plain:
        sys.exit('%s: %d of %d bytes' % (command[0], len(got), len(plain)))
)";
    const auto done = other("sh", {"-c", "cd \"$0\" && exec python3 -c \"$1\"", path("."), script});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->code, 0) << done->err;
}

TEST_F(GzipReadersTest, WhatPigzWritesComesBack) {
    const std::string content = sample(6'000'000);
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{"-c"}, {"-ic"}, {"-9ic"}, {"-icb", "300"}, {"-0ic"}}) {
        const auto packed = other("pigz", args, content);
        if (!packed) GTEST_SKIP() << "pigz is not installed";
        make("p.gz", packed->out);
        for (const char* threads : {"-p1", "-p2", "-p8"}) {
            EXPECT_TRUE(run({"-dc", threads}, packed->out).out == content) << args[0];
            EXPECT_TRUE(run({"-dc", threads, "p.gz"}).out == content) << args[0];
        }
    }
}

TEST_F(GzipReadersTest, TheListShowsTheSizeOfAll) {
    const std::string content = sample(5'000'000);
    make("a", content);
    ASSERT_EQ(run({"-k", "a"}).code, 0);
    const Finished listed = run({"-l", "a.gz"});
    EXPECT_NE(listed.out.find(" 5000000 "), std::string::npos) << listed.out;
    const auto theirs = other("gzip", {"-l", path("a.gz")});
    if (theirs) {
        EXPECT_NE(theirs->out.find(" 5000000 "), std::string::npos) << theirs->out;
    }
}

}  // namespace
}  // namespace holt::test
