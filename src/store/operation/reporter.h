// Serialises what a parallel operation tells its Observer, and counts what was left out.
//
// What happens to many items for one reason (an attribute that no file can be given, sockets) is a
// kind: it is told once, with a count and one of the items, when the reporter goes, also when the
// operation fails; each item only to an observer that wants that.
// Thread rule: every method from any thread.
#pragma once

#include <holt/observer.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <new>
#include <string>
#include <tuple>
#include <utility>

#include "base/error.h"

namespace holt::store {

class Reporter {
  public:
    explicit Reporter(Observer& observer) : observer_(observer) {}
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    ~Reporter() { tell_kinds(); }

    /// An item to which happens what happens to others: all that differ in nothing but their object
    /// are one kind. Counts as note() does.
    void tally(Severity severity, const Error& about) {
        const std::lock_guard lock(mutex_);
        count(severity);
        if (wants_each_) observer_.note(severity, about);
        const Key key{severity, about.operation, about.cause, about.sys_errno};
        const auto known = kinds_.find(key);
        if (known != kinds_.end()) {
            ++known->second.count;
        } else if (kinds_.size() < kMostKinds) {
            kinds_.emplace(key, Kind{about, 1});
        } else {
            ++others_[severity];
        }
    }
    void note(Severity severity, const Error& about) {
        const std::lock_guard lock(mutex_);
        count(severity);
        observer_.note(severity, about);
    }
    /// A warning that takes nothing from the result: something was mended on the way, or done in
    /// another way than the best.
    void warn(const Error& about) {
        const std::lock_guard lock(mutex_);
        observer_.note(Severity::warning, about);
    }
    /// Leaves an item out, unless it is the machine that failed: then the operation must.
    Status leave_out(const Error& about) {
        if (is_shortage(about.sys_errno)) return std::unexpected(about);
        note(Severity::left_out, about);
        return {};
    }
    void progress(const Progress& now) {
        const std::lock_guard lock(mutex_);
        observer_.progress(now);
    }
    std::uint64_t left_out() const {
        const std::lock_guard lock(mutex_);
        return left_out_;
    }
    std::uint64_t warnings() const {
        const std::lock_guard lock(mutex_);
        return warnings_;
    }

  private:
    static constexpr std::size_t kMostKinds = 100;  // of others only the number is told
    using Key = std::tuple<Severity, std::string, std::string, int>;
    struct Kind {
        Error first;
        std::uint64_t count = 0;
    };

    void count(Severity severity) noexcept {
        if (severity == Severity::left_out) ++left_out_;
        if (severity == Severity::warning) ++warnings_;
    }
    // Nothing waits for it any more: what cannot be told for want of memory was counted all the
    // same.
    void tell_kinds() noexcept {
        try {
            for (const auto& [key, kind] : kinds_) {
                const Severity severity = std::get<Severity>(key);
                if (kind.count > 1) {
                    observer_.note_kind(severity, kind.first, kind.count);
                } else if (!wants_each_) {
                    observer_.note(severity, kind.first);
                }
            }
            for (const auto& [severity, number] : others_) {
                observer_.note(severity, Error{.kind = ErrorKind::partial,
                                               .operation = "keep everything",
                                               .cause = std::to_string(number) +
                                                        " more items, for other reasons",
                                               .advice = "-v names each"});
            }
        } catch (const std::bad_alloc&) {
            return;
        }
    }

    mutable std::mutex mutex_;
    Observer& observer_;
    const bool wants_each_ = observer_.wants_each();
    std::uint64_t left_out_ = 0, warnings_ = 0;
    std::map<Key, Kind> kinds_;
    std::map<Severity, std::uint64_t> others_;
};

/// The error that ends an operation whose caller asked to stop.
inline std::unexpected<Error> cancelled(std::string operation) {
    return fail(ErrorKind::cancelled, std::move(operation), "", "stopped on request");
}

}  // namespace holt::store
