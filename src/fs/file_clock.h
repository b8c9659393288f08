// The clock that a file system stamps changes with, asked so as to tell whether a file's ctime can
// still prove anything.
//
// A change that comes within the same tick as the one before leaves the ctime as it is. So equal
// ctimes before and after a read prove that nothing was written meanwhile only when the clock had
// passed that ctime before the read began. The file system's own clock must say that: a server's
// may be ahead or behind, and its tick may be seconds. It is asked by touching a file without a
// name (O_TMPFILE), which leaves no trace in the folder, not even a time. In order:
//   a file without a name in the folder, or in another folder given, on the same device
//   the clock of the kernel, by a file in memory, where that stamps the file system's changes too
//   nothing: then only what is older than a day by the program's clock counts as past
// On overlayfs no file is made: it would copy the folder up from its lower layer.
//
// Writes through a shared mapping are stamped when the page is first written to after it was last
// written back, not at each store: they can be missed by any comparison of ctimes.
// Thread rule: methods from any thread.
#pragma once

#include <functional>
#include <mutex>
#include <span>

#include "base/unique_fd.h"
#include "fs/stat.h"

namespace holt::fs {

/// What the clock shows.
struct ClockReading {
    Time now{};         ///< what a change made now is stamped with, or later
    Time whole{};       ///< the same for ctimes of whole seconds, whose tick may be long
    bool moves = true;  ///< false: waiting for it is of no use

    /// True when no change made after the reading was taken can leave `ctime` as it is.
    bool is_past(Time ctime) const noexcept;
};

class FileClock {
  public:
    /// Asked for each reading, by one thread at a time.
    using Source = std::function<ClockReading()>;
    explicit FileClock(Source source);
    FileClock(FileClock&& other) noexcept;
    FileClock& operator=(FileClock&&) = delete;
    ~FileClock();

    /// Of the file system that the open folder lies on. Nothing is written but files without names.
    /// `others`: open folders in which one may be made if they are on the same device.
    static FileClock of(int folder, std::span<const int> others = {});
    /// The same for a folder that this process has made for itself: where files without names are
    /// not known, one with a name is made and removed again.
    static FileClock of_own(int folder);

    /// The last reading.
    ClockReading last() const;
    /// A new reading.
    ClockReading read();
    /// True when the clock has passed `ctime`; reads it anew when it had not.
    bool is_past(Time ctime);
    /// Waits until it has, for as long as the longest tick of any file system (FAT: 2 s). False
    /// when it has not by then: a time to come, or a clock that cannot be read.
    bool wait_past(Time ctime);

  private:
    mutable std::mutex mutex_;
    Source source_;
    ClockReading last_;
};

}  // namespace holt::fs
