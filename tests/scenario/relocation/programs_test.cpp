// Proves: what real programs build runs where it is restored, and names that place.
#include <sys/stat.h>

#include "scenario/relocation/relocation_world.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class MovedPrograms : public RelocationTest {
  protected:
    // Nothing may be found where it was.
    void take_away() { stdfs::rename(source_, dir_ / "away"); }
};

TEST_F(MovedPrograms, APySizeAgainstItsPyc) {
    if (!has_program("python3")) GTEST_SKIP() << "needs python3";
    write_file(source_ / "m.py", "where = '" + old() + "/x'\nprint(where)\n");
    write_file(source_ / "n.py", "print(2)\n");
    output_of("cd " + quoted(source_) + " && python3 -m compileall -q .");
    take("env");
    take_away();
    for (const int more : {-2, 25}) {
        const stdfs::path to = beside(more);
        ASSERT_TRUE(try_restore("env", to));
        // Python says which file it compiles: none.
        const std::string said =
            output_of("cd / && PYTHONPATH=" + quoted(to) + " python3 -v -c 'import m, n'");
        EXPECT_EQ(said.find("bytecode is stale"), std::string::npos) << said;
        EXPECT_EQ(said.find("# wrote"), std::string::npos);
        EXPECT_NE(said.find(to.string()), std::string::npos);
        expect_verified(to);
    }
}

TEST_F(MovedPrograms, AVenvWithConsoleScripts) {
    if (!has_program("python3")) GTEST_SKIP() << "needs python3";
    int code = 0;
    stdfs::remove(source_);
    output_of("python3 -m venv " + quoted(source_), code);
    if (code != 0) GTEST_SKIP() << "needs python3-venv";
    take("env");
    take_away();
    const stdfs::path deep = beside(130);
    for (const stdfs::path& to : {beside(-2), beside(25), deep, dir_ / "with a space"}) {
        ASSERT_TRUE(try_restore("env", to)) << to;
        const std::string version = output_of(quoted(to / "bin" / "pip") + " --version");
        EXPECT_NE(version.find("site-packages/pip"), std::string::npos) << version;
        const std::string prefix =
            output_of(quoted(to / "bin" / "python") +
                      " -c 'import sys, os; print(os.path.realpath(sys.prefix))'");
        EXPECT_EQ(prefix, to.string() + "\n");
        expect_verified(to);
    }
}

TEST_F(MovedPrograms, ATailMergedString) {
    if (!has_program("gcc")) GTEST_SKIP() << "needs gcc";
    // The linker lets the second string be the end of the first. What shows: both, moved or not.
    const std::string whole = old() + "/v/3.11.7";
    stdfs::create_directories(source_ / "v" / "3.11.7");
    const stdfs::path inner = source_ / "v" / "3.11.7";
    write_file(dir_ / "t.c", "#include <stdio.h>\nconst char* volatile a = \"" + whole +
                                 "\";\nint main(void) { const char* volatile b = \"3.11.7\"; "
                                 "printf(\"%s %s\\n\", a, b); return 0; }\n");
    output_of("gcc -Os -o " + quoted(inner / "t") + " " + quoted(dir_ / "t.c"));
    ASSERT_TRUE(store_.snapshot(inner.string(), {.name = "env", .relocatable = true}, notes_));
    const stdfs::path to = dir_ / "n";
    ASSERT_TRUE(try_restore("env", to));
    EXPECT_EQ(output_of(quoted(to / "t")), to.string() + " 3.11.7\n");
    expect_verified(to);
    // One that leaves no room before the shared end cannot be.
    std::string near = whole;
    near.back() = '8';
    stdfs::create_directories(stdfs::path(near).parent_path());
    const auto report = try_restore("env", near);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::unsafe_input);
}

TEST_F(MovedPrograms, ALibraryIsFoundByItsRunPath) {
    if (!has_program("gcc")) GTEST_SKIP() << "needs gcc";
    stdfs::create_directories(source_ / "lib");
    stdfs::create_directories(source_ / "bin");
    write_file(dir_ / "l.c", "int seven(void) { return 7; }\n");
    write_file(dir_ / "m.c", "int seven(void); int main(void) { return seven() - 7; }\n");
    output_of("gcc -shared -fPIC -o " + quoted(source_ / "lib" / "libseven.so") + " " +
              quoted(dir_ / "l.c"));
    output_of("gcc -o " + quoted(source_ / "bin" / "m") + " " + quoted(dir_ / "m.c") + " -L" +
              quoted(source_ / "lib") + " -lseven -Wl,-rpath," + quoted(source_ / "lib"));
    take("env");
    take_away();
    for (const int more : {-2, 60}) {
        const stdfs::path to = beside(more);
        ASSERT_TRUE(try_restore("env", to));
        int code = 1;
        const std::string said = output_of(quoted(to / "bin" / "m"), code);
        EXPECT_EQ(code, 0) << said;
        expect_verified(to);
    }
}

// What `make install` leaves: a libtool archive and a pkg-config file.
TEST_F(MovedPrograms, AnAutotoolsInstallWithLaAndPcFiles) {
    write_file(source_ / "lib" / "libx.la",
               "# libx.la - a libtool library file\ndlname='libx.so.1'\n"
               "dependency_libs=' -L" +
                   old() + "/lib -ly'\nlibdir='" + old() + "/lib'\n");
    write_file(source_ / "lib" / "pkgconfig" / "x.pc",
               "prefix=" + old() + "\nexec_prefix=${prefix}\nlibdir=" + old() +
                   "/lib\n\nName: x\nDescription: x\nVersion: 1\nLibs: -L${libdir} -lx\nCflags: "
                   "-I${prefix}/include\n");
    take("env");
    take_away();
    const stdfs::path to = beside(25);
    ASSERT_TRUE(try_restore("env", to));
    EXPECT_NE(read_file(to / "lib" / "libx.la").find("libdir='" + to.string() + "/lib'"),
              std::string::npos);
    EXPECT_EQ(read_file(to / "lib" / "libx.la").find(old()), std::string::npos);
    if (has_program("pkg-config")) {
        EXPECT_EQ(output_of("PKG_CONFIG_PATH=" + quoted(to / "lib" / "pkgconfig") +
                            " pkg-config --cflags x")
                      .find("-I" + to.string() + "/include"),
                  0u);
    }
    expect_verified(to);
}

TEST_F(MovedPrograms, ACMakeInstallWithExports) {
    if (!has_program("cmake") || !has_program("gcc")) GTEST_SKIP() << "needs cmake and gcc";
    const stdfs::path project = dir_ / "project";
    write_file(project / "x.c", "int x(void) { return 1; }\n");
    write_file(
        project / "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.20)\nproject(x C)\nadd_library(x STATIC x.c)\n"
        "target_include_directories(x INTERFACE " +
            old() +
            "/include)\n"
            "install(TARGETS x EXPORT xTargets ARCHIVE DESTINATION lib)\n"
            "install(EXPORT xTargets FILE xConfig.cmake NAMESPACE x:: DESTINATION lib/cmake/x)\n");
    write_file(project / "use" / "main.c", "int x(void); int main(void) { return x() - 1; }\n");
    write_file(
        project / "use" / "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.20)\nproject(use C)\nfind_package(x REQUIRED CONFIG)\n"
        "add_executable(use main.c)\ntarget_link_libraries(use x::x)\n");
    write_file(source_ / "include" / "x.h", "int x(void);\n");
    output_of("cmake -S " + quoted(project) + " -B " + quoted(dir_ / "b") +
              " -DCMAKE_INSTALL_PREFIX=" + quoted(source_) + " && cmake --build " +
              quoted(dir_ / "b") + " --target install");
    take("env");
    take_away();
    const stdfs::path to = beside(25);
    ASSERT_TRUE(try_restore("env", to));
    output_of("cmake -S " + quoted(project / "use") + " -B " + quoted(dir_ / "u") +
              " -DCMAKE_PREFIX_PATH=" + quoted(to) + " && cmake --build " + quoted(dir_ / "u") +
              " && " + quoted(dir_ / "u" / "use"));
    expect_verified(to);
}

}  // namespace
}  // namespace holt::test
