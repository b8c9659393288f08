#include "store/cache/flight.h"

#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/paths.h"
#include "fs/walk/sweep.h"

namespace holt::store {
namespace {

constexpr const char* kPart = "flights";

std::string holder_of(int folder, const std::string& name, const std::string& shown) {
    const auto fd = fs::open_read(folder, name, shown);
    const std::string holder = fd ? fs::lock_holder(fd->get()) : "";
    return holder.empty() ? "another process" : holder;
}

}  // namespace

Result<Flight> Flight::take(const StoreFolder& folder, const std::string& scope,
                            const std::string& key, const Wait& wait) {
    constexpr std::chrono::hours kVeryLong{24 * 365};
    HOLT_TRY_LET(flights, folder.open_part(kPart));
    (void)fs::remove_unlocked_files(flights.get(), folder.shown(kPart),
                                    [](std::string_view) { return true; });
    // A byte that neither may have stands between the two.
    const std::string both = scope + '\0' + key;
    const std::string name = blake3::hash(as_bytes(both)).hex();
    const std::string shown = folder.shown(std::string(kPart) + "/" + name);
    const auto mode = fs::LockMode::exclusive;
    HOLT_TRY_LET(now, fs::FileLock::try_acquire(flights.get(), name, shown, mode));
    if (now) return Flight(std::move(flights), name, shown, *std::move(now), false);
    if (wait.tell) wait.tell(holder_of(flights.get(), name, shown));
    const auto most = wait.most.value_or(kVeryLong);
    auto lock = fs::FileLock::acquire(flights.get(), name, shown,
                                      {.mode = mode, .timeout = most, .cancel = wait.cancel});
    if (!lock && lock.error().kind == ErrorKind::busy) {
        lock.error().operation = "build key";
        lock.error().object = key;
        advise(lock.error(), Advice::wait_for_builder);
    }
    if (!lock) return std::unexpected(std::move(lock).error());
    return Flight(std::move(flights), name, shown, *std::move(lock), true);
}

Flight::~Flight() {
    if (lock_.held()) (void)lock_.remove_and_release(folder_.get(), name_, shown_);
}

}  // namespace holt::store
