// SQLite's locks on a database file, so that any SQLite may open the catalog beside us.
//
// The ranges are those of SQLite's unix layer (https://sqlite.org/lockingv3.html), but as locks of
// the open file instead of the process: closing another descriptor of the same file does not drop
// them, and two connections of one process exclude each other.
//
//   pending   0x40000000           held to write by who waits for readers to go, so that none come
//   reserved  the byte after it    held to write by the one that is going to write
//   shared    the 510 after that   held to read by each reader; to write by the one that writes
// Thread rule: a value; one thread at a time.
#pragma once

#include <cstdint>

namespace holt::store {

class SqliteLocks {
  public:
    /// SQLite's SQLITE_LOCK_*, in their order.
    enum class Level : std::uint8_t { none, shared, reserved, pending, exclusive };

    Level level() const noexcept { return level_; }
    /// 0, -EAGAIN when another connection is in the way, or another -errno. A wish for `exclusive`
    /// that readers are in the way of stops at `pending`: with it no new ones come.
    int raise(int fd, Level wanted);
    /// To `shared` or `none`.
    void lower(int fd, Level wanted) noexcept;
    /// 1 when another connection is going to write, 0 when none is, or -errno.
    static int reserved_by_another(int fd);

  private:
    int raise_to_shared(int fd);
    int raise_to_exclusive(int fd);

    Level level_ = Level::none;
};

}  // namespace holt::store
