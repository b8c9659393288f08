#include "store/catalog/sqlite_locks.h"

#include "fs/sys.h"

namespace holt::store {
namespace {

namespace sys = fs::sys;

constexpr std::uint64_t kPending = 0x40000000, kReserved = kPending + 1, kShared = kPending + 2;
constexpr std::uint64_t kSharedSize = 510;

}  // namespace

int SqliteLocks::raise(int fd, Level wanted) {
    if (level_ >= wanted) return 0;
    switch (wanted) {
        case Level::none:
        case Level::pending:  // nobody asks for it: it is a step on the way
            return 0;
        case Level::shared:
            return raise_to_shared(fd);
        case Level::reserved: {
            const int r = sys::lock_range(fd, F_WRLCK, kReserved, 1);
            if (r == 0) level_ = Level::reserved;
            return r;
        }
        case Level::exclusive:
            return raise_to_exclusive(fd);
    }
    return 0;
}

int SqliteLocks::raise_to_shared(int fd) {
    // The pending byte for a moment: who waits for readers to go is let through first.
    if (const int r = sys::lock_range(fd, F_RDLCK, kPending, 1); r != 0) return r;
    const int r = sys::lock_range(fd, F_RDLCK, kShared, kSharedSize);
    sys::unlock_range(fd, kPending, 1);
    if (r == 0) level_ = Level::shared;
    return r;
}

int SqliteLocks::raise_to_exclusive(int fd) {
    // Who undoes an interrupted commit comes from `shared`, and takes no pending byte: two of them
    // would wait for each other.
    if (level_ == Level::reserved) {
        if (const int r = sys::lock_range(fd, F_WRLCK, kPending, 1); r != 0) return r;
        level_ = Level::pending;
    }
    const int r = sys::lock_range(fd, F_WRLCK, kShared, kSharedSize);
    if (r == 0) level_ = Level::exclusive;
    return r;
}

void SqliteLocks::lower(int fd, Level wanted) noexcept {
    if (level_ <= wanted) return;
    if (wanted == Level::none) {
        sys::unlock_range(fd, kPending, 2 + kSharedSize);
    } else {
        // Back to a read lock, never by way of none. It cannot be refused: nobody else has one.
        if (level_ == Level::exclusive) sys::share_range(fd, kShared, kSharedSize);
        sys::unlock_range(fd, kPending, 2);
    }
    level_ = wanted;
}

int SqliteLocks::reserved_by_another(int fd) {
    return sys::range_is_locked(fd, F_WRLCK, kReserved, 1);
}

}  // namespace holt::store
