// A folder, and a filter of the program that works in it: `holt gzip`, `holt zstd`, or the program
// through a symlink of another name. Thread rule: one thread.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cli/program.h"
#include "support/temp_dir.h"

namespace holt::test {

/// Text that repeats itself as logs do.
inline std::string sample(std::size_t size, std::uint32_t seed = 7) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) text += "line " + std::to_string(random() % 5000) + " of a log\n";
    text.resize(size);
    return text;
}

class FilterFixture : public testing::Test {
  protected:
    using Names = std::set<std::string>;

    /// `command`: gzip or zstd.
    explicit FilterFixture(std::string command) : command_(std::move(command)) {}

    std::string path(const std::string& name) const { return dir_ / name; }
    /// A file, and the folders that it is in.
    std::string make(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        write_file(path(name), content);
        return path(name);
    }
    Finished run(std::vector<std::string> args, std::string input = {}) const {
        args.insert(args.begin(), command_);
        return Program{.args = std::move(args), .input = std::move(input), .folder = dir_.path()}
            .run();
    }
    /// The program through a symlink of that name.
    Finished called(const std::string& name, std::vector<std::string> args,
                    std::string input = {}) const {
        const std::string link = links_ / name;
        if (!std::filesystem::exists(link)) std::filesystem::create_symlink(HOLT_PROGRAM, link);
        return Program{
            .path = link, .args = std::move(args), .input = std::move(input), .folder = dir_.path()}
            .run();
    }
    /// All names in the folder: nothing but what is expected may be left there.
    Names names() const {
        Names out;
        for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
            out.insert(entry.path().filename().string());
        return out;
    }
    std::string compressed(const std::string& content) const { return run({}, content).out; }

    TempDir dir_;

  private:
    const std::string command_;
    TempDir links_;
};

}  // namespace holt::test
