#include "relocation/relocation.h"

#include <gtest/gtest.h>

#include "relocation/analyze.h"
#include "relocation/marshal.h"
#include "relocation/shebang.h"
#include "relocation/splices.h"

namespace holt::relocation {
namespace {

constexpr const char* kOld = "/opt/the/environment";  // 20 bytes

std::optional<Relocation> look(std::string_view content, std::string_view path = "bin/file",
                               Layout layout = Layout::one_length) {
    const Prefixes prefixes = *Prefixes::make(kOld, kOld);
    return analyze(as_bytes(content), {path}, prefixes, Finder(prefixes).find(as_bytes(content)),
                   layout);
}

std::string convert(const Relocation& relocation, std::string_view content, Side from, Side to,
                    std::string_view target = {}) {
    const auto splices = Splices::make(relocation, from, to, target);
    if (!splices) return "cannot";
    Bytes out;
    EXPECT_TRUE(splices->apply(0, as_bytes(content), out));
    EXPECT_EQ(splices->size_of(content.size()), out.size());
    return std::string(as_text(out));
}

// Moved, and back again through what is stored.
std::string moved(std::string_view content, std::string_view target,
                  std::string_view path = "bin/file") {
    const auto relocation = look(content, path);
    if (!relocation) return std::string(content);
    const std::string stored = convert(*relocation, content, Side::original, Side::stored);
    EXPECT_EQ(convert(*relocation, stored, Side::stored, Side::original), content);
    const std::string result = convert(*relocation, stored, Side::stored, Side::moved, target);
    if (result == "cannot") return result;
    EXPECT_EQ(convert(*relocation, result, Side::moved, Side::original, target), content);
    return result;
}

TEST(Relocation, AShorterPathIsFilledWithSlashes) {
    EXPECT_EQ(moved("a=/opt/the/environment/lib\n", "/new"), "a=/new/////////////////lib\n");
}

TEST(Relocation, APathAtAStringsEndIsFilledToo) {
    EXPECT_EQ(moved("prefix=/opt/the/environment\n", "/new/environment1"),
              "prefix=/new/environment1///\n");
}

TEST(Relocation, TextTakesALongerPathAsItIs) {
    const std::string longer = "/opt/a/much/longer/path/to/it";
    EXPECT_EQ(moved("a=/opt/the/environment/lib:/opt/the/environment\n", longer),
              "a=" + longer + "/lib:" + longer + "\n");
}

TEST(Relocation, ALongerNameIsLeftAlone) {
    EXPECT_EQ(moved("/opt/the/environments /opt/the/environment2/x", "/new"),
              "/opt/the/environments /opt/the/environment2/x");
    EXPECT_EQ(moved("/opt/the/environment\xC3\xA9/x", "/new"), "/opt/the/environment\xC3\xA9/x");
}

TEST(Relocation, WhatIsStoredDoesNotDependOnThePathsLength) {
    const Prefixes third = *Prefixes::make("/srv/quite/another/one", "/srv/quite/another/one");
    const std::string first = "x /opt/the/environment/lib y\n",
                      second = "x /srv/quite/another/one/lib y\n";
    const auto a = look(first);
    const auto b = analyze(as_bytes(second), {"bin/file"}, third,
                           Finder(third).find(as_bytes(second)), Layout::one_length);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(convert(*a, first, Side::original, Side::stored),
              convert(*b, second, Side::original, Side::stored));
}

TEST(Relocation, BinaryStringsCannotBecomeLonger) {
    const std::string content = std::string("\0/opt/the/environment/lib\0x", 27);
    EXPECT_EQ(moved(content, "/opt/the/environmenx"),
              std::string("\0/opt/the/environmenx/lib\0x", 27));
    EXPECT_EQ(moved(content, "/opt/a/much/longer/path/to/it"), "cannot");
    EXPECT_NE(problem_at(*look(content), "/opt/a/much/longer/path/to/it"), "");
}

TEST(Relocation, APieceAtATimeGivesTheSame) {
    const std::string content = "a=/opt/the/environment/lib:/opt/the/environment\n tail";
    const auto relocation = look(content);
    for (const std::string_view target : {"/n/w", "/opt/a/much/longer/path/to/it"}) {
        const auto splices = Splices::make(*relocation, Side::original, Side::moved, target);
        ASSERT_TRUE(splices);
        const std::string whole =
            convert(*relocation, content, Side::original, Side::moved, target);
        for (std::size_t step = 1; step < content.size(); ++step) {
            std::string result(whole.size(), '?');
            for (std::size_t at = 0; at < content.size(); at += step) {
                Bytes out;
                const auto piece = std::string_view(content).substr(at, step);
                EXPECT_TRUE(splices->apply(at, as_bytes(piece), out));
                result.replace(splices->place_of(at), out.size(), as_text(out));
            }
            EXPECT_EQ(result, whole) << "pieces of " << step;
        }
    }
}

TEST(Relocation, WhatWasChangedOnDiskIsSeen) {
    const std::string content = "a=/opt/the/environment/lib\n";
    const auto relocation = look(content);
    const auto back = Splices::make(*relocation, Side::moved, Side::original, "/new");
    Bytes out;
    EXPECT_FALSE(back->apply(0, as_bytes("a=/neW/////////////////lib\n"), out));
}

TEST(Relocation, AScriptsLineOver127BytesIsExecedByTheShell) {
    const std::string deep = "/" + std::string(120, 'd');
    EXPECT_EQ(moved("#!/opt/the/environment/bin/python3\nprint(1)\n", deep),
              "#!/bin/sh\n'''exec' \"" + deep + "/bin/python3\" \"$0\" \"$@\"\n' '''\nprint(1)\n");
}

TEST(Relocation, AScriptsLineWithASpaceIsExecedByTheShell) {
    EXPECT_EQ(moved("#!/opt/the/environment/bin/python3 -sE\nprint(1)\n", "/my env"),
              "#!/bin/sh\n'''exec' \"/my env/bin/python3\" -sE \"$0\" \"$@\"\n' '''\nprint(1)\n");
    EXPECT_EQ(moved("#!/opt/the/environment/bin/lua\n", "/my env"), "cannot");
}

TEST(Relocation, AnExecedScriptIsKnownAgain) {
    const std::string script =
        "#!/bin/sh\n'''exec' \"/opt/the/environment/bin/python3\" \"$0\" \"$@\"\n' '''\nx\n";
    EXPECT_EQ(moved(script, "/n w"),
              "#!/bin/sh\n'''exec' \"/n w/////////////////bin/python3\" \"$0\" \"$@\"\n' '''\nx\n");
    EXPECT_EQ(moved(script, "/opt/the/environment-2"), "#!/opt/the/environment-2/bin/python3\nx\n");
}

TEST(Relocation, WhatStandsBinaryBehindAScriptsLineStaysAtItsOffset) {
    const std::string script = "#!/opt/the/environment/bin/python3\nPK" + std::string("\0\1\2", 3);
    EXPECT_EQ(moved(script, "/new").size(), script.size());
    EXPECT_EQ(moved(script, "/opt/the/environment-2"), "cannot");
}

// A code object's least neighbourhood: a tuple of two strings, as a .pyc file of 3.11.
std::string pyc(const std::string& first, const std::string& second) {
    const std::string magic("\xA7\x0D\r\n", 4);
    return magic + std::string(12, '\0') + ")\x02" + first + second;
}
std::string short_string(const std::string& text) {
    return std::string("\xDA") + static_cast<char>(text.size()) + text;
}

TEST(Relocation, AMarshalledStringBecomesLongerWithItsLength) {
    const std::string content =
        pyc(short_string("/opt/the/environment/lib/a.py"), short_string("b"));
    const std::string target = "/opt/a/longer/environment";
    EXPECT_EQ(moved(content, target, "lib/a.pyc"),
              pyc(short_string(target + "/lib/a.py"), short_string("b")));
    EXPECT_EQ(moved(content, "/new", "lib/a.pyc").size(), content.size());
}

TEST(Relocation, AMarshalledStringOver255BytesTakesTheLongForm) {
    const std::string content = pyc(short_string("/opt/the/environment/x"), short_string("b"));
    const std::string target = "/" + std::string(254, 'd');
    const std::string long_form = std::string("\xC1\x01\x01\0\0", 5) + target + "/x";
    EXPECT_EQ(moved(content, target, "a.pyc"), pyc(long_form, short_string("b")));
}

TEST(Relocation, ALengthThatLooksLikeALetterStandsBeforeAPath) {
    // 65 bytes: 'A'.
    const std::string text = "/opt/the/environment/" + std::string(44, 'x');
    EXPECT_EQ(moved(pyc(short_string(text), short_string("b")), "/new", "a.pyc"),
              pyc(short_string("/new/////////////////" + std::string(44, 'x')), short_string("b")));
}

TEST(Relocation, AnInterpreterThatEnvStartsIsExecedByTheShell) {
    EXPECT_EQ(moved("#!/opt/the/environment/bin/env python3\n", "/my env"),
              "#!/bin/sh\n'''exec' \"/my env/bin/env\" python3 \"$0\" \"$@\"\n' '''\n");
    EXPECT_EQ(moved("#!/opt/the/environment/bin/env lua\n", "/my env"), "cannot");
}

TEST(Relocation, PerlAndRubyPassOverWhatTheShellReads) {
    for (const std::string name : {"perl", "ruby"}) {
        const std::string script = "#!/opt/the/environment/bin/" + name + " -w\nx\n";
        const std::string execed =
            "#!/bin/sh\nexec \"/my env/bin/" + name + "\" -w -x \"$0\" \"$@\"\n#!" + name + "\nx\n";
        EXPECT_EQ(moved(script, "/my env"), execed);
        EXPECT_EQ(first_line_length(execed), execed.size() - 2);
    }
}

// None stands behind the string as one byte, which is a letter; in text that would be "...N".
TEST(Relocation, AMarshalledStringEndsWhereItSays) {
    const std::string content = pyc(short_string("/opt/the/environment"), "N");
    EXPECT_EQ(moved(content, "/new", "lib/a.pyc"), pyc(short_string("/new////////////////"), "N"));
    // A longer name within the string is another path.
    const std::string other = pyc(short_string("/opt/the/environment2"), "N");
    EXPECT_EQ(moved(other, "/new", "lib/a.pyc"), other);
}

// An ASCII string is read as Latin-1: what is not ASCII needs the type of UTF-8.
TEST(Relocation, AMarshalledStringThatIsNoLongerAsciiSaysSo) {
    const std::string content = pyc(short_string("/opt/the/environment/a"), "N");
    EXPECT_EQ(moved(content, "/n\xC3\xA9w", "lib/a.pyc"),
              pyc(std::string("\xF4\x16\0\0\0", 5) + "/n\xC3\xA9w////////////////a", "N"));
    EXPECT_EQ(moved(content, "/n\xFF", "lib/a.pyc"), "cannot");
}

// A path that is not UTF-8 is written where any bytes may stand, and nowhere else.
TEST(Relocation, WhatMustStayUtf8TakesNoOtherPath) {
    const std::string text = "p=/opt/the/environment/x\n";
    EXPECT_EQ(moved(text, "/n\xFF", "a.pc"), "p=/n\xFF//////////////////x\n");
    for (const char* name : {"a.py", "a.json", "a.toml"})
        EXPECT_EQ(moved(text, "/n\xFF", name), "cannot") << name;
    EXPECT_EQ(moved("#!/opt/the/environment/bin/python3\n", "/n\xFF"), "cannot");
    EXPECT_EQ(moved("#!/opt/the/environment/bin/lua\n", "/n\xFF"),
              "#!/n\xFF//////////////////bin/lua\n");
    EXPECT_NE(problem_at(*look(text, "a.py"), "/n\xFF").find("UTF-8"), std::string::npos);
}

TEST(Relocation, ATextThatStatesItsLengthKeepsIt) {
    for (const char* text :
         {"a:1:{s:4:\"path\";s:22:\"/opt/the/environment/x\";}", "22:/opt/the/environment/x,"}) {
        EXPECT_NE(moved(text, "/new").find("/new/////////////////x"), std::string::npos);
        EXPECT_EQ(moved(text, "/opt/a/much/longer/path"), "cannot");
    }
    EXPECT_NE(moved("22:/opt/the/environment/xyz,", "/opt/a/much/longer/path"), "cannot");
}

// A changed byte would break the checksum that each of these has, or the compression.
TEST(Relocation, WhatHasChecksumsIsNotChanged) {
    const std::string path = "/opt/the/environment/x";
    std::string tar(512, '\0');
    tar.replace(257, 5, "ustar");
    for (const std::string& begin :
         {std::string("PK\3\4"), std::string("\x1F\x8B"), std::string("\x28\xB5\x2F\xFD"),
          std::string("\x04\x22\x4D\x18"), std::string("\x89PNG\r\n\x1A\n"),
          std::string("\xFD"
                      "7zXZ\0",
                      6),
          std::string("\x37\x7F\x06\x82"), std::string("\xD9\xD5\x05\xF9\x20\xA1\x63\xD7"), tar}) {
        const std::string content = begin + std::string("\0 ", 2) + path + " ";
        EXPECT_EQ(class_of(as_bytes(content), "x"), Class::packed);
        EXPECT_FALSE(look(content));
        EXPECT_EQ(moved(content, "/new"), content);
    }
}

TEST(Relocation, ASymlinkIsMovedAsItIs) {
    const Prefixes prefixes = *Prefixes::make(kOld, kOld);
    EXPECT_EQ(moved_symlink("/opt/the/environment/bin/x", prefixes, "/new"), "/new/bin/x");
    EXPECT_EQ(moved_symlink("../opt/the/environment", prefixes, "/new"), std::nullopt);
    EXPECT_EQ(moved_symlink("/opt/the/environments", prefixes, "/new"), std::nullopt);
    EXPECT_EQ(moved_symlink("/opt/the/environment+x", prefixes, "/new"), std::nullopt);
    EXPECT_EQ(moved_symlink("../opt/the/environment", prefixes, "/new"), std::nullopt);
}

TEST(Marshal, WhatIsNoMarshalledObjectToTheByteIsNone) {
    const std::string content = pyc(short_string("a"), short_string("b"));
    ASSERT_TRUE(marshal_strings(as_bytes(content)));
    EXPECT_FALSE(marshal_strings(as_bytes(content + "x")));
    for (std::size_t size = 0; size < content.size(); ++size)
        EXPECT_FALSE(marshal_strings(as_bytes(content).first(size))) << size;
}

}  // namespace
}  // namespace holt::relocation
