// Reading source files for a snapshot so that what is stored is one moment's content.
//
// A file is stat'ed through its descriptor before and after it is read; when the two differ it is
// read again, and after kMaxTries it is left out and named (SAFETY: "source file changes while it
// is read"). Equal records prove that nothing changed only when the file system's clock had passed
// the file's ctime before the read (fs/file_clock.h). So a file that changed within the current
// tick waits for the next one. Where the clock cannot be read, a file that may have changed of late
// is read twice, must be the same both times, and gets no stat record.
// Thread rule: functions from any thread.
#pragma once

#include <string>

#include "fs/file_clock.h"
#include "fs/stat.h"
#include "store/format/stat_codec.h"

namespace holt::store {

inline constexpr int kMaxTries = 3;

/// A file's record, taken before it is read.
struct LookBefore {
    fs::FileStat stat{};
    /// Any change from now on gives the file another ctime.
    bool shows_changes = false;

    /// What may prove the file unchanged next time.
    StatRecord record() const;
};
/// Waits for the next tick of the clock when the file changed within this one.
Result<LookBefore> look_before_reading(int fd, fs::FileClock& clock, const std::string& shown);
/// True when the records show no change.
bool is_same(const fs::FileStat& before, const fs::FileStat& after) noexcept;

/// What is told of a file that is never the same after it was read.
Error changed_while_read(const std::string& shown);
Error no_longer_a_file(const std::string& shown);

/// Now, by this machine's clock. No file's record is compared with it.
Time current_time();

}  // namespace holt::store
