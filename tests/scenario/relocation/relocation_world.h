// Trees that name their own path, and the programs that make and use them.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/store_fixture.h"

namespace holt::test {

inline std::string quoted(const std::filesystem::path& path) {
    return "'" + path.string() + "'";
}

/// What a command prints; its exit code goes into `code`.
inline std::string output_of(const std::string& command, int& code) {
    std::string text;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return text;
    char part[4096];
    for (std::size_t got; (got = std::fread(part, 1, sizeof part, pipe)) > 0;)
        text.append(part, got);
    code = ::pclose(pipe);
    return text;
}
inline std::string output_of(const std::string& command) {
    int code = 0;
    std::string text = output_of(command, code);
    EXPECT_EQ(code, 0) << command << "\n" << text;
    return text;
}
inline bool has_program(const char* name) {
    return std::system(("command -v " + std::string(name) + " >/dev/null 2>&1").c_str()) == 0;
}

class RelocationTest : public StoreTest {
  protected:
    /// The source, as text.
    std::string old() const { return source_.string(); }
    SnapshotReport take(const std::string& name) {
        return snapshot({.name = name, .relocatable = true});
    }
    Result<RestoreReport> try_restore(const std::string& snap, const std::filesystem::path& to,
                                      const RestoreOptions& options = {}) {
        return store_.restore(snap, to.string(), options, notes_);
    }
    /// A path in the scratch folder of so many bytes more (or less) than the source's.
    std::filesystem::path beside(int more) const {
        const auto size = static_cast<std::size_t>(static_cast<int>(old().size()) + more);
        std::string path = dir_.path().string() + "/";
        EXPECT_GT(size, path.size());
        while (path.size() < size)
            path += path.size() % 200 == 199 && path.size() + 1 < size ? '/' : 'd';
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        return path;
    }
    void expect_verified(const std::filesystem::path& folder) {
        const auto report = store_.verify_folder(
            folder.string(), {.paranoid = true},
            [](const DiffEntry& entry) { ADD_FAILURE() << entry.path << " differs"; }, notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_FALSE(report->differs());
    }
};

}  // namespace holt::test
