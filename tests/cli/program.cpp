#include "cli/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/unique_fd.h"

namespace holt::test {
namespace {

struct Pipe {
    UniqueFd read, write;
    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (std::string& string : strings) out.push_back(string.data());
    out.push_back(nullptr);
    return out;
}

/// Feeds and drains the child's pipes until it has closed them.
class Talk {
  public:
    Talk(UniqueFd in, UniqueFd out, UniqueFd err, std::string_view input, bool keep_open)
        : in_(std::move(in)),
          out_(std::move(out)),
          err_(std::move(err)),
          input_(input),
          keep_open_(keep_open) {
        ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
    }

    /// One round; false when the child has closed both its outputs.
    bool round(Finished& result, int timeout_ms) {
        feed();
        pollfd fds[] = {{out_.get(), POLLIN, 0},
                        {err_.get(), POLLIN, 0},
                        {input_.empty() ? -1 : in_.get(), POLLOUT, 0}};
        ::poll(fds, 3, timeout_ms);
        if ((fds[0].revents & (POLLIN | POLLHUP)) != 0) drain(out_, result.out);
        if ((fds[1].revents & (POLLIN | POLLHUP)) != 0) drain(err_, result.err);
        if ((fds[2].revents & POLLERR) != 0) input_ = {};
        return out_ || err_;
    }

  private:
    void feed() {
        while (!input_.empty()) {
            const ssize_t n = ::write(in_.get(), input_.data(), input_.size());
            if (n < 0 && errno == EAGAIN) return;
            if (n < 0) input_ = {};
            if (n > 0) input_.remove_prefix(static_cast<std::size_t>(n));
        }
        if (!keep_open_) in_.reset();
    }
    static void drain(UniqueFd& fd, std::string& into) {
        char buffer[65536];
        const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
        if (n > 0)
            into.append(buffer, static_cast<std::size_t>(n));
        else
            fd.reset();
    }

    UniqueFd in_, out_, err_;
    std::string_view input_;
    bool keep_open_;
};

}  // namespace

Finished Program::run() const {
    return run_with({}, [] { return true; });
}

Finished Program::run_with(std::vector<int> signals, const std::function<bool()>& ready) const {
    std::vector<std::string> argv = {path};
    argv.insert(argv.end(), args.begin(), args.end());
    const char* search = std::getenv("PATH");
    std::map<std::string, std::string> variables = {{"PATH", search ? search : "/usr/bin:/bin"},
                                                    {"LANG", "C.UTF-8"},
                                                    {"TZ", "UTC"},
                                                    {"HOME", "/nonexistent"}};
    if (const char* asan = std::getenv("ASAN_OPTIONS")) variables["ASAN_OPTIONS"] = asan;
    for (const auto& [name, value] : environment) variables[name] = value;
    std::vector<std::string> env;
    for (const auto& [name, value] : variables) env.push_back(name + "=" + value);
    auto argv_pointers = pointers(argv);
    auto env_pointers = pointers(env);

    Pipe in, out, err;
    std::signal(SIGPIPE, SIG_IGN);
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGPIPE, SIG_DFL);
        if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(126);
        ::dup2(in.read.get(), 0);
        ::dup2(out.write.get(), 1);
        ::dup2(err.write.get(), 2);
        if (!output_to.empty()) ::dup2(::open(output_to.c_str(), O_WRONLY), 1);
        if (close_output) ::close(1);
        ::execvpe(path.c_str(), argv_pointers.data(), env_pointers.data());
        ::_exit(127);
    }
    in.read.reset();
    out.write.reset();
    err.write.reset();

    Finished result;
    Talk talk(std::move(in.write), std::move(out.read), std::move(err.read), input,
              keep_input_open);
    while (talk.round(result, signals.empty() ? -1 : 10)) {
        if (signals.empty() || !ready()) continue;
        ::kill(child, signals.front());
        signals.erase(signals.begin());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    return result;
}

std::vector<Json> Finished::json() const {
    return json_of(out);
}

std::vector<Json> Finished::json_of(const std::string& text) const {
    std::vector<Json> objects;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const Json object = Json::parse(line, nullptr, false);
        EXPECT_TRUE(object.is_object() && object.contains("type")) << line;
        objects.push_back(object);
    }
    EXPECT_TRUE(text.empty() || text.ends_with('\n'));
    return objects;
}

Finished holt(std::vector<std::string> args, std::string input) {
    return Program{.args = std::move(args), .input = std::move(input)}.run();
}

std::optional<Finished> other(const std::string& name, std::vector<std::string> args,
                              std::string input) {
    Finished result =
        Program{.path = name, .args = std::move(args), .input = std::move(input)}.run();
    if (result.code == 127) return std::nullopt;
    return result;
}

bool someone_writes_unnamed(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
        for (const auto& fd : fs::directory_iterator(process.path() / "fd", ignored)) {
            const std::string target = fs::read_symlink(fd, ignored).string();
            if (target.starts_with(folder + "/") && target.ends_with(" (deleted)")) return true;
        }
    }
    return false;
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary);
    out << content;
    EXPECT_TRUE(out.good()) << path;
}

}  // namespace holt::test
