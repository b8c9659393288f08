// Single flight: of the processes that would build one key in one scope, one does.
//
// A lock held by the kernel on a file in flights/ of the store, named by the digest of scope and
// key. It goes with its process, however that ends. The file is removed by its holder; one that a
// kill leaves is garbage that the next run removes. Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/lock.h"
#include "store/disk/store_folder.h"

namespace holt::store {

class Flight {
  public:
    struct Wait {
        std::optional<std::chrono::milliseconds> most{};  ///< nothing: as long as it takes
        const Cancel* cancel = nullptr;
        std::function<void(const std::string& holder)> tell{};  ///< once, before waiting
    };
    /// Waits until nobody else builds the key. `busy` names who does when the time is over.
    static Result<Flight> take(const StoreFolder& folder, const std::string& scope,
                               const std::string& key, const Wait& wait);
    Flight(Flight&&) noexcept = default;
    Flight& operator=(Flight&&) = delete;
    ~Flight();

    bool waited() const noexcept { return waited_; }

  private:
    Flight(UniqueFd folder, std::string name, std::string shown, fs::FileLock lock, bool waited)
        : folder_(std::move(folder)),
          name_(std::move(name)),
          shown_(std::move(shown)),
          lock_(std::move(lock)),
          waited_(waited) {}

    UniqueFd folder_;  // flights/
    std::string name_, shown_;
    fs::FileLock lock_;
    bool waited_ = false;
};

}  // namespace holt::store
