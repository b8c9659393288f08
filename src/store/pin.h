// A pin: while a process writes to the store it holds a locked file under pins/, so that garbage
// collection leaves alone what it is about to refer to (SAFETY, commit order 1). The kernel drops
// the lock when the process dies; a pin whose lock can be taken is dead and is swept by the next
// writer. Thread rule: a value; one thread at a time.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "store/store_folder.h"

namespace holt::store {

class Pin {
  public:
    static Result<Pin> hold(const StoreFolder& folder);
    Pin(Pin&&) noexcept = default;
    Pin& operator=(Pin&&) noexcept = default;
    ~Pin();

    /// "pid 123 (holt snapshot /x)" of each process that holds a pin now, ours left out.
    static Result<std::vector<std::string>> holders(const StoreFolder& folder);

  private:
    Pin(UniqueFd fd, int folder_fd, std::string name);
    UniqueFd fd_;
    UniqueFd folder_{};
    std::string name_{};
};

}  // namespace holt::store
