// A deployment agent: puts a release in place, checks it, and puts back what stood there when the
// check fails.
//
// deploy STORE RELEASE TARGET CHECK    CHECK is a command for the shell
//
// The exit code is 0 after a deployment, 1 after a rollback, 2 when something failed.
#include <holt/store.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace {

/// Shows what is worth a look while the library works.
class Notes final : public holt::Observer {
  public:
    void note(holt::Severity severity, const holt::Error& about) override {
        if (severity != holt::Severity::info) std::cerr << "deploy: " << about.message() << '\n';
    }
};

/// A whole new tree in one step: nobody sees half of one.
holt::Status put(holt::Store& store, const std::string& snap, const std::string& target,
                 holt::Observer& notes) {
    const bool there = std::filesystem::exists(target);
    const holt::RestoreOptions options{
        .force = there, .remove_extra = there, .atomic = there, .durable = true};
    const auto done = store.restore(snap, target, options, notes);
    if (!done) return std::unexpected(done.error());
    return {};
}

enum class Outcome { deployed, rolled_back };

holt::Result<Outcome> deploy(const std::string& store_path, const std::string& release,
                             const std::string& target, const std::string& check) {
    auto store = holt::Store::open(store_path);
    if (!store) return std::unexpected(store.error());
    Notes notes;
    std::optional<std::string> before;
    if (std::filesystem::exists(target)) {
        const auto taken = store->snapshot(target, {}, notes);
        if (!taken) return std::unexpected(taken.error());
        before = taken->snapshot.id.hex();
    }
    if (const auto done = put(*store, release, target, notes); !done)
        return std::unexpected(done.error());
    if (std::system(check.c_str()) == 0) return Outcome::deployed;
    std::cerr << "deploy: " << release << " does not pass its check: rolled back\n";
    if (before)
        if (const auto back = put(*store, *before, target, notes); !back)
            return std::unexpected(back.error());
    return Outcome::rolled_back;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: deploy STORE RELEASE TARGET CHECK\n";
        return 2;
    }
    const auto outcome = deploy(argv[1], argv[2], argv[3], argv[4]);
    if (outcome) return *outcome == Outcome::deployed ? 0 : 1;
    std::cerr << "deploy: " << outcome.error().message() << '\n';
    return 2;
}
