// What an operation tells its caller while it runs: progress, and notes about single items.
#pragma once

#include <holt/export.h>
#include <holt/error.hpp>
#include <holt/timings.hpp>

#include <cstdint>
#include <string_view>

namespace holt {

/// How far an operation is. Totals are 0 while they are not known yet, and never shrink.
struct Progress {
    std::string_view stage;  ///< "scan", "store", "plan", "write", "verify", ...
    std::uint64_t files_done = 0, files_total = 0;
    std::uint64_t bytes_done = 0, bytes_total = 0;
};

enum class Severity : std::uint8_t {
    info,      ///< worth knowing: a socket was skipped
    warning,   ///< done, but not quite as asked: an attribute could not be set
    left_out,  ///< an item was left out; the operation ends as `partial`
};

/// Methods are called from one thread at a time, not always the same one. They must be quick and
/// must not call back into the store. The default does nothing.
class HOLT_API Observer {
  public:
    virtual ~Observer() = default;
    virtual void progress(const Progress&) {}
    /// `about` names the item in its object and the reason in its cause.
    virtual void note(Severity, const Error& about) { static_cast<void>(about); }
    /// `count` items, two or more, to which the same happened: told once, when the operation ends.
    /// `first` is about one of them.
    virtual void note_kind(Severity severity, const Error& first, std::uint64_t count) {
        static_cast<void>(count);
        note(severity, first);
    }
    /// True: each of such items is noted by itself too, when it is met. Asked once.
    virtual bool wants_each() const { return false; }
    /// True: the operation measures itself, which makes it a little slower, and calls timings()
    /// when it ends, also when it fails. Asked once, when it begins.
    virtual bool wants_timings() const { return false; }
    virtual void timings(const Timings&) {}
};

}  // namespace holt
