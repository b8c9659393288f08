#include "cli/cache/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/unique_fd.h"
#include "cli/cache/neutral_path.h"
#include "cli/session/process.h"
#include "cli/session/signals.h"

extern char** environ;

namespace holt::cli {
namespace {

constexpr int kSignalBase = 128, kCannotRun = 126, kNoProgram = 127;
constexpr std::array kPassedOn = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

std::atomic<pid_t> running_child{0};
std::atomic<int> early_signal{0};  // came before there was a child
static_assert(std::atomic<pid_t>::is_always_lock_free);

// What the terminal sent has reached the child, too, which is in the same process group.
extern "C" void pass_on(int number, siginfo_t* info, void*) {
    const int saved = errno;
    const bool from_terminal = info->si_code == SI_KERNEL;
    const pid_t child = running_child.load();
    if (child == 0)
        early_signal.store(number);
    else if (!from_terminal)
        ::kill(child, number);
    errno = saved;
}

// While it lives, signals go to the child.
class PassingOn {
  public:
    PassingOn() noexcept {
        struct sigaction action {};
        action.sa_sigaction = pass_on;
        action.sa_flags = SA_SIGINFO | SA_RESTART;
        ::sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < kPassedOn.size(); ++i) {
            ::sigaction(kPassedOn[i], nullptr, &before_[i]);
            // What whoever started us has ignored stays so, for the child, too.
            if (before_[i].sa_handler != SIG_IGN) ::sigaction(kPassedOn[i], &action, nullptr);
        }
    }
    ~PassingOn() {
        for (std::size_t i = 0; i < kPassedOn.size(); ++i)
            ::sigaction(kPassedOn[i], &before_[i], nullptr);
        running_child.store(0);
    }
    PassingOn(const PassingOn&) = delete;
    PassingOn& operator=(const PassingOn&) = delete;

    static void to(pid_t child) noexcept {
        running_child.store(child);
        if (const int number = early_signal.exchange(0); number != 0) ::kill(child, number);
    }

  private:
    std::array<struct sigaction, kPassedOn.size()> before_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& set) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        bool is_set = false;
        for (const auto& [name, value] : set) is_set = is_set || text.starts_with(name + "=");
        if (!is_set) all.emplace_back(text);
    }
    for (const auto& [name, value] : set) all.push_back(name + "=" + value);
    return all;
}

struct Pipe {
    UniqueFd read, write;
};
Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "make pipe", "");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Waits for the child's end; a stopped one (Ctrl-Z) is waited for until it goes on.
ChildEnd wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
    return {.code = WEXITSTATUS(status)};
}

// Reads what the other end writes, to its end.
std::string read_all(int fd) {
    std::string all;
    char buffer[4096];
    for (;;) {
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return all;
        all.append(buffer, static_cast<std::size_t>(got));
    }
}

// All that the child needs is made before the fork: after it, in a process that has threads, only
// what is safe in a signal handler may be called.
struct Prepared {
    std::vector<std::string> arguments, environment;
    std::vector<char*> argument_pointers, environment_pointers;
};

[[noreturn]] void become(const Prepared& prepared, const NeutralPaths* neutral, int errors,
                         const sigset_t& mask) {
    restore_process_for_child();
    if (neutral != nullptr && !neutral->enter()) {
        const int failed = errno;
        (void)!::write(errors, &failed, sizeof failed);
        ::_exit(kCannotRun);
    }
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::execvpe(prepared.argument_pointers[0], prepared.argument_pointers.data(),
              prepared.environment_pointers.data());
    const int failed = errno;
    (void)!::write(errors, &failed, sizeof failed);
    ::_exit(failed == ENOENT ? kNoProgram : kCannotRun);
}

}  // namespace

int ChildEnd::as_exit_code() const noexcept {
    return signal != 0 ? kSignalBase + signal : code;
}

Result<ChildEnd> run_child(const ChildCommand& command) {
    Prepared prepared{.arguments = command.arguments,
                      .environment = environment_with(command.environment),
                      .argument_pointers = {},
                      .environment_pointers = {}};
    prepared.argument_pointers = pointers_to(prepared.arguments);
    prepared.environment_pointers = pointers_to(prepared.environment);
    HOLT_TRY_LET(errors, make_pipe());

    // No signal between the fork and the moment in which it is known whom to pass it on to.
    sigset_t passed, before;
    ::sigemptyset(&passed);
    for (const int number : kPassedOn) ::sigaddset(&passed, number);
    const PassingOn passing;
    ::pthread_sigmask(SIG_BLOCK, &passed, &before);
    const pid_t child = ::fork();
    if (child == 0) become(prepared, command.neutral, errors.write.get(), before);
    const int failed_fork = errno;
    if (child > 0) PassingOn::to(child);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child < 0) return fail_errno(failed_fork, "run", command.arguments.front());

    errors.write.reset();
    const std::string said = read_all(errors.read.get());
    ChildEnd end = wait_for(child);
    if (said.size() != sizeof(int)) return end;
    int failed = 0;
    std::memcpy(&failed, said.data(), sizeof failed);
    end.not_run = fail_errno(failed, "run", command.arguments.front()).error();
    return end;
}

Result<std::string> output_of_tool(const std::string& command) {
    HOLT_TRY_LET(output, make_pipe());
    Prepared prepared{.arguments = {"/bin/sh", "-c", command},
                      .environment = environment_with({}),
                      .argument_pointers = {},
                      .environment_pointers = {}};
    prepared.argument_pointers = pointers_to(prepared.arguments);
    prepared.environment_pointers = pointers_to(prepared.environment);
    const int to = output.write.get();
    const pid_t child = ::fork();
    if (child == 0) {
        // Some print their version on standard error.
        restore_process_for_child();
        const int nothing = ::open("/dev/null", O_RDONLY);
        if (::dup2(nothing, 0) < 0 || ::dup2(to, 1) < 0 || ::dup2(to, 2) < 0) ::_exit(kCannotRun);
        ::execve(prepared.argument_pointers[0], prepared.argument_pointers.data(),
                 prepared.environment_pointers.data());
        ::_exit(kCannotRun);
    }
    if (child < 0) return fail_errno(errno, "run", command);
    output.write.reset();
    std::string printed = read_all(output.read.get());
    const ChildEnd end = wait_for(child);
    if (end.succeeded()) return printed;
    return fail(ErrorKind::failed, "run tool", command,
                "it ended with exit code " + std::to_string(end.as_exit_code()),
                "a key is only made from tools that succeed");
}

}  // namespace holt::cli
