// Proves: files of other programs' formats are what those programs can read where they are
// restored.
#include "scenario/relocation/relocation_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

// Whether a database is sound, and how many rows of t name the folder.
constexpr const char* kCheckRows =
    "import sqlite3\nd = sqlite3.connect('db')\n"
    "print(d.execute('pragma integrity_check').fetchall(), sum(P + '/' in r[0] or r[0] == P for r "
    "in "
    "d.execute('select a from t')))\n";

class MovedFormats : public RelocationTest {
  protected:
    void SetUp() override {
        if (!has_program("python3")) GTEST_SKIP() << "needs python3";
    }
    // Runs Python in a folder, with $P its path and a variable P of the same.
    static std::string python(const stdfs::path& folder, const std::string& program) {
        write_file(
            folder.parent_path() / "program.py",
            "import os, sys, re\nP = os.getcwd()\nO = '" + folder.string() + "'\n" + program);
        return output_of("cd " + quoted(folder) + " && python3 ../program.py");
    }
};

// What follows a string may look like a letter: an opcode, the next length.
TEST_F(MovedFormats, PicklesOfEveryProtocol) {
    python(source_,
           "import pickle\n"
           "for n in range(6):\n"
           "    value = [P, P + '/x', 'see ' + P, P + '2', P.encode(), {P: None}]\n"
           "    pickle.dump(value, open('p%d' % n, 'wb'), n)\n"
           "open('two', 'wb').write(pickle.dumps(P) + pickle.dumps([P + '/y']))\n");
    take("env");
    const stdfs::path to = beside(-2);
    ASSERT_TRUE(try_restore("env", to));
    const std::string said = python(
        to,
        "import pickle\nN = re.compile('/+')\n"
        "def plain(v): return N.sub('/', v.decode() if isinstance(v, bytes) else v).rstrip('/')\n"
        "for n in range(6):\n"
        "    v = pickle.load(open('p%d' % n, 'rb'))\n"
        "    print([plain(x) == w for x, w in zip(v[:3] + v[4:5] + list(v[5]),"
        " [P, P + '/x', 'see ' + P, P, P])], v[3] == '" +
            old() +
            "2')\n"
            "f = open('two', 'rb'); print(plain(pickle.load(f)) == P, plain(pickle.load(f)[0]) == "
            "P + '/y')\n");
    std::string expected;
    for (int i = 0; i < 6; ++i) expected += "[True, True, True, True, True] True\n";
    EXPECT_EQ(said, expected + "True True\n");
    expect_verified(to);
    // A longer one has no room.
    const auto longer = try_restore("env", beside(3));
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().kind, ErrorKind::unsafe_input);
    EXPECT_FALSE(stdfs::exists(beside(3)));
}

// A column ends where the record says, whatever the page has behind it.
TEST_F(MovedFormats, ColumnsOfADatabase) {
    python(source_,
           "import sqlite3\n"
           "d = sqlite3.connect('db')\n"
           "d.execute('create table t(a text, b text, c blob, n int)')\n"
           "for k in range(300):\n"
           "    d.execute('insert into t values(?,?,?,?)', (P + '/' + 'x' * (k % 90), 'in ' + P,"
           " P.encode(), k))\n"
           "d.execute('insert into t values(?,?,?,?)', (P + '2', '/data' + P, b'', 0))\n"
           "d.execute('create index i on t(a)')\nd.commit()\n");
    take("env");
    const stdfs::path to = beside(-2);
    ASSERT_TRUE(try_restore("env", to));
    EXPECT_EQ(
        python(
            to,
            "import sqlite3\nd = sqlite3.connect('db')\nO = '" + old() +
                "'\n"
                "print(d.execute('pragma integrity_check').fetchall())\n"
                "rows = d.execute('select a, b, c from t').fetchall()\n"
                "print(len(rows), sum(O in a or O in b or O.encode() in c for a, b, c in rows))\n"
                "print(rows[-1] == (O + '2', '/data' + O, b''))\n"),
        "[('ok',)]\n301 1\nTrue\n");
    expect_verified(to);
}

// A moved path may come before a key that it stood behind: in an index, a UNIQUE column, a table
// WITHOUT ROWID, with any collation, on inner pages too. Such a file is refused before anything is
// written, left as it is where that is accepted, and moved where its keys stay in order.
TEST_F(MovedFormats, KeysOfADatabaseStayInOrderOrItIsRefused) {
    const std::pair<const char*, const char*> kTables[] = {
        {"index", "create table t(a text); create index i on t(a)"},
        {"unique", "create table t(a text unique)"},
        {"rowid", "create table t(a text primary key) without rowid"},
        {"falling", "create table t(a text); create index i on t(a desc)"},
        {"nocase", "create table t(a text collate nocase); create index i on t(a)"},
        {"second", "create table t(a text, n int default 7); create index i on t(n, a)"},
    };
    // Rows stand before and behind the folder m-...: those of a-... and z-... would change places.
    for (const auto& [name, schema] : kTables) {
        for (const char* rows : {"2", "3000"}) {
            SCOPED_TRACE(std::string(name) + " " + rows);
            const std::string end = std::string("-") + name + rows;
            const auto at = [&](char letter) { return dir_ / (letter + end); };
            const stdfs::path folder = at('m');
            stdfs::create_directory(folder);
            python(folder, "import sqlite3\nd = sqlite3.connect('db')\nd.executescript('" +
                               std::string(schema) +
                               "')\nB = os.path.dirname(P)\nrows = [B + '/b'] + [P + '/%05d' % k "
                               "for k in range(" +
                               rows +
                               ")] + [B + '/y']\n"
                               "d.executemany('insert into t(a) values(?)', [(r,) for r in rows])\n"
                               "d.commit()\n");
            const std::string snap = 's' + end;
            ASSERT_TRUE(
                store_.snapshot(folder.string(), {.name = snap, .relocatable = true}, notes_));
            for (const char wrong : {'a', 'z'}) {
                const auto refused = try_restore(snap, at(wrong));
                ASSERT_FALSE(refused);
                EXPECT_EQ(refused.error().kind, ErrorKind::unsafe_input);
                ASSERT_FALSE(notes_.notes.empty());
                EXPECT_EQ(notes_.notes.back().second.cause,
                          "the keys of its SQLite index would be out of order there");
                EXPECT_FALSE(stdfs::exists(at(wrong)));
                ASSERT_TRUE(try_restore(snap, at(wrong), {.leave = {"db"}}));
                EXPECT_EQ(read_file(at(wrong) / "db"), read_file(folder / "db"));
                expect_verified(at(wrong));
            }
            ASSERT_TRUE(try_restore(snap, at('p')));
            EXPECT_EQ(python(at('p'), kCheckRows), "[('ok',)] " + std::string(rows) + "\n");
            expect_verified(at('p'));
        }
    }
}

// All keys begin with the path, or hold it behind text of their own: any order of names will do.
TEST_F(MovedFormats, KeysThatShareThePathMoveAnywhere) {
    python(source_,
           "import sqlite3\nd = sqlite3.connect('db')\n"
           "d.execute('create table t(a text primary key, b text) without rowid')\n"
           "d.execute('create index i on t(b, a)')\n"
           "d.executemany('insert into t values(?, ?)', [(P + '/%05d' % k, '%05d ' % (k * 7 % 999)"
           " + P) for k in range(2000)])\nd.commit()\n");
    take("env");
    for (const char* name : {"0", "Z", "a", "z"}) {
        const stdfs::path to = dir_ / name;
        ASSERT_TRUE(try_restore("env", to));
        EXPECT_EQ(python(to, kCheckRows), "[('ok',)] 2000\n");
        expect_verified(to);
    }
}

// The write-ahead log has checksums: with one byte changed its rows would be lost.
TEST_F(MovedFormats, AWriteAheadLogKeepsItsRows) {
    python(source_,
           "import sqlite3, shutil\n"
           "d = sqlite3.connect('../made'); d.execute('pragma journal_mode=wal')\n"
           "d.execute('create table t(a text)'); d.execute('insert into t values(?)', (P,))\n"
           "d.commit()\nshutil.copy('../made', 'db'); shutil.copy('../made-wal', 'db-wal')\n");
    take("env");
    const stdfs::path to = beside(-2);
    ASSERT_TRUE(try_restore("env", to));
    EXPECT_EQ(python(to,
                     "import sqlite3\nprint(len(sqlite3.connect('db').execute('select a from t')"
                     ".fetchall()))\n"),
              "1\n");
}

// The last constant of most modules is None, whose byte is a letter.
TEST_F(MovedFormats, ConstantsOfCompiledModules) {
    write_file(source_ / "m.py", "A = '" + old() + "'\nB = b'" + old() + "/b'\nC = '\xC3\xA9 " +
                                     old() + "'\nD = '" + old() + "\xC3\xA9'\n");
    output_of("cd " + quoted(source_) + " && python3 -m compileall -q .");
    take("env");
    stdfs::rename(source_, dir_ / "away");
    const stdfs::path accented = dir_ / "\xC3\xA9",
                      accented_long = dir_ / std::string(60, 'o') += "\xC3\xA9";
    for (const stdfs::path& to : {beside(-2), beside(25), accented, accented_long}) {
        ASSERT_TRUE(try_restore("env", to));
        const std::string said =
            output_of("cd / && T=" + quoted(to) + " PYTHONPATH=" + quoted(to) +
                      " python3 -v -c 'import m, os, re\nT = os.environ[\"T\"]\n"
                      "def p(t): return re.sub(\"/+\", \"/\", t).rstrip(\"/\")\n"
                      "print(p(m.A) == T, p(m.B.decode()) == T + \"/b\", p(m.C) == \"\xC3\xA9 \" + "
                      "T, m.D == \"" +
                      old() + "\xC3\xA9\")' 2>&1");
        EXPECT_NE(said.find("True True True True\n"), std::string::npos) << said;
        EXPECT_EQ(said.find("bytecode is stale"), std::string::npos);
        expect_verified(to);
    }
}

TEST_F(MovedFormats, ScriptsRunWhereTheirFirstLineHasNoRoom) {
    struct Script {
        const char *name, *line, *body;
    };
    stdfs::create_directories(source_ / "bin");
    std::vector<std::string> made;
    for (const Script& script :
         {Script{"python3", "python3", "import sys; print('ran', sys.argv[1:] == ['a b', 'c'])"},
          Script{"env", "env python3", "import sys; print('ran', sys.argv[1:] == ['a b', 'c'])"},
          Script{"bash", "bash", "[ $# = 2 ] && [ \"$1\" = 'a b' ] && echo ran True"},
          Script{"sh", "sh -e", "[ $# = 2 ] && [ \"$1\" = 'a b' ] && echo ran True"},
          Script{"perl", "perl -w", "print $ARGV[0] eq 'a b' ? \"ran True\\n\" : 'no';"}}) {
        if (!has_program(script.name)) continue;
        std::string found = output_of(std::string("command -v ") + script.name);
        found.pop_back();
        stdfs::create_symlink(found, source_ / "bin" / script.name);
        const stdfs::path file = source_ / (std::string("run-") + script.name);
        write_file(file, "#!" + old() + "/bin/" + script.line + "\n" + script.body + "\n");
        stdfs::permissions(file, stdfs::perms::all);
        made.push_back(file.filename().string());
    }
    take("env");
    stdfs::rename(source_, dir_ / "away");
    for (const stdfs::path& to : {beside(-2), dir_ / "a b", beside(140)}) {
        ASSERT_TRUE(try_restore("env", to));
        for (const std::string& name : made)
            EXPECT_EQ(output_of(quoted(to / name) + " 'a b' c"), "ran True\n") << to / name;
        expect_verified(to);
    }
}

// What programs print of folders whose names are one in the other, or stand in a sentence.
TEST_F(MovedFormats, TextOfManyKinds) {
    const std::string p = old();
    const std::string named = "x=" + p + "/a:" + p + " -isystem" + p + "/include \xE2\x80\x98" + p +
                              "/x.c\xE2\x80\x99 {\"a\":\"b\\n" + p + "/c\",\"u\":\"file://" + p +
                              "/d\"} ";
    const std::string others =
        p + "2/x " + p + "-b " + p + ".bak /data" + p + "/y file://" + p + "%20z/y";
    write_file(source_ / "text", named + others);
    take("env");
    for (const int more : {0, 9}) {
        std::string to = beside(more == 0 ? 0 : more).string();
        if (more == 0) to.back() = to.back() == 'q' ? 'r' : 'q';
        ASSERT_TRUE(try_restore("env", to));
        std::string expected = named;
        for (std::size_t at = 0; (at = expected.find(p, at)) != expected.npos; at += to.size())
            expected.replace(at, p.size(), to);
        EXPECT_EQ(read_file(stdfs::path(to) / "text"), expected + others);
    }
}

}  // namespace
}  // namespace holt::test
