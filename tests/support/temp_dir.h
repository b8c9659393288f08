// A scratch folder that is gone when the test ends. Thread rule: a value.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace holt::test {

/// A folder in memory where there is one, for tests that make thousands of durable writes and are
/// not about the device.
inline std::filesystem::path memory_folder() {
    std::error_code ignored;
    const std::filesystem::path memory = "/dev/shm";
    const auto space = std::filesystem::space(memory, ignored);
    const bool usable = !ignored && space.available > (std::uintmax_t{64} << 20) &&
                        (std::filesystem::status(memory, ignored).permissions() &
                         std::filesystem::perms::others_write) != std::filesystem::perms::none;
    return usable ? memory : std::filesystem::temp_directory_path();
}

class TempDir {
  public:
    explicit TempDir(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
        std::string pattern = (parent / "holt-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        // rm copes with trees of any depth and folders of any mode; std::filesystem does not.
        if (const pid_t child = ::fork(); child == 0) {
            ::execlp("rm", "rm", "-rf", path_.c_str(), static_cast<char*>(nullptr));
            ::_exit(1);
        } else if (child > 0) {
            ::waitpid(child, nullptr, 0);
        }
    }
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

}  // namespace holt::test
