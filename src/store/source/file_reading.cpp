#include "store/source/file_reading.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "fs/file.h"
#include "fs/metadata/metadata.h"
#include "fs/sparse.h"

namespace holt::store {
Time current_time() {
    return time_of_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count());
}

StatRecord LookBefore::record() const {
    if (!shows_changes) return {};
    return {.ino = stat.ino, .dev = stat.dev, .ctime = wrapped_ns(stat.ctime)};
}

Result<LookBefore> look_before_reading(int fd, fs::FileClock& clock, const std::string& shown) {
    // A file that changes in every tick is found changed after the read as well.
    for (int tries = 0;; ++tries) {
        HOLT_TRY_LET(stat, fs::stat_fd(fd, shown));
        if (clock.last().is_past(stat.ctime)) return LookBefore{stat, true};
        // Looked at again afterwards: what changed before the clock was read is in the record then.
        if (tries == kMaxTries || !clock.wait_past(stat.ctime)) return LookBefore{stat, false};
    }
}

bool is_same(const fs::FileStat& before, const fs::FileStat& after) noexcept {
    return before.ino == after.ino && before.size == after.size && before.mtime == after.mtime &&
           before.ctime == after.ctime && before.mode == after.mode && before.uid == after.uid &&
           before.gid == after.gid;
}

Error changed_while_read(const std::string& shown) {
    return fail(ErrorKind::partial, "read file", shown, "it keeps changing while it is read",
                "stop the program that writes it and run it again")
        .error();
}

Error no_longer_a_file(const std::string& shown) {
    return fail(ErrorKind::partial, "read file", shown, "it is no longer a regular file").error();
}

}  // namespace holt::store
