#include "api/filter_file.h"

#include <cerrno>

#include "api/place.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/metadata.h"
#include "fs/paths.h"
#include "fs/staging/atomic_file.h"
#include "fs/sys.h"
#include "fs/wait.h"

namespace holt::api {
namespace {

using fs::FileStat;
using fs::Kind;

/// Whose descriptor it is.
enum class Opened : std::uint8_t { here, by_caller };

Result<FilterSource> look_at(int fd, const std::string& shown, Opened opened,
                             const Filter& filter) {
    HOLT_TRY_LET(stat, fs::stat_fd(fd, shown));
    if (stat.kind == Kind::folder)
        return fail(ErrorKind::failed, filter.operation, shown, "it is a folder",
                    "name the files in it, or put it into a tar archive first");
    if (stat.kind == Kind::file) fs::advise_sequential(fd);
    return FilterSource{
        .fd = fd, .shown = shown, .stat = std::move(stat), .whole = opened == Opened::here};
}

bool same_file(const FileStat& a, const FileStat& b) noexcept {
    return a.kind == Kind::file && b.kind == Kind::file && a.dev == b.dev && a.ino == b.ino;
}

std::unexpected<Error> own_output(const Filter& filter, const std::string& shown) {
    return fail(ErrorKind::usage, filter.operation, shown,
                "it is its own output, and would be lost", "give another output file");
}

Status run_to_fd(const FilterSource& source, int out, const std::string& out_name,
                 const Filter& filter) {
    if (!filter.writes) return filter.run(source, [](ByteView) { return Status{}; });
    HOLT_TRY_LET(out_stat, fs::stat_fd(out, out_name));
    if (same_file(source.stat, out_stat)) return own_output(filter, source.shown);
    return filter.run(source, [&](ByteView bytes) { return fs::write_full(out, bytes, out_name); });
}

/// An output that is there already: what is to be done with it.
enum class Existing : std::uint8_t { none, replace, write_into };

Result<Existing> look_at_output(const Place& place, const std::string& output,
                                const FileStat& input, const Filter& filter) {
    HOLT_TRY_LET(there, fs::exists(place.folder.get(), place.name, output));
    if (!there) return Existing::none;
    const auto target = fs::stat_path(output);  // symlinks followed; fails for a dangling one
    if (target) {
        if (same_file(input, *target)) return own_output(filter, output);
        if (target->kind == Kind::folder)
            return fail(ErrorKind::failed, filter.operation, output, "the output is a folder",
                        "give the name of a file");
        // A device or a FIFO is a place to write to, not a file to put another one in place of.
        if (target->kind != Kind::file) return Existing::write_into;
    }
    if (!filter.overwrite) {
        auto refused =
            fail(ErrorKind::failed, filter.operation, output, "the output exists already",
                 "give -f to overwrite it, or another name");
        refused.error().sys_errno = EEXIST;
        return refused;
    }
    return Existing::replace;
}

/// What the output takes over from the input. Errors are notes: the content is whole without.
void keep_metadata(int fd, const FilterSource& source, const std::string& shown,
                   const Filter& filter, Observer& observer) {
    const FileStat& from = source.stat;
    const std::uint16_t mode = fs::mode_for_copy(source.fd, from.mode);
    const auto stored = filter.mtime ? filter.mtime() : std::nullopt;
    const fs::Metadata metadata{
        .mode = mode, .uid = from.uid, .gid = from.gid, .mtime = stored.value_or(from.mtime)};
    if (mode != from.mode)
        observer.note(Severity::info, {.kind = ErrorKind::partial,
                                       .operation = filter.operation,
                                       .object = shown,
                                       .cause = "it gets no access control list, and the mode that "
                                                "gives nobody more than the input's list"});
    const auto warnings = fs::apply_metadata(fd, metadata, {}, shown);
    if (!warnings) return observer.note(Severity::warning, warnings.error());
    for (const Error& warning : *warnings) observer.note(Severity::warning, warning);
}

Status run_to_new_file(const FilterSource& source, const Place& place, const std::string& output,
                       Existing existing, const Filter& filter, Observer& observer) {
    // 0600 while it is written: its content may be nobody else's business.
    HOLT_TRY_LET(file,
                 fs::AtomicFile::create_unnamed(place.folder.get(), place.name, place.folder_shown,
                                                source.regular() ? 0600 : 0666));
    HOLT_TRY(filter.run(source, [&](ByteView bytes) { return file.write(bytes); }));
    if (source.regular()) keep_metadata(file.fd(), source, output, filter, observer);
    const bool synced = filter.remove_source || filter.synchronous;
    return file.commit(place.folder.get(), place.name, output,
                       existing == Existing::replace ? fs::IfExists::replace : fs::IfExists::fail,
                       synced ? fs::Durability::synced : fs::Durability::none);
}

Status run_to_path(const FilterSource& source, const std::string& output, const Filter& filter,
                   Observer& observer) {
    HOLT_TRY_LET(place, place_of(output));
    HOLT_TRY_LET(existing, look_at_output(place, output, source.stat, filter));
    if (existing != Existing::write_into)
        return run_to_new_file(source, place, output, existing, filter, observer);
    const int fd = fs::sys::openat(fs::kWorkingFolder, output.c_str(), O_WRONLY | O_NOCTTY);
    if (fd < 0) return fail_errno(-fd, "open output", output);
    const UniqueFd out(fd);
    return run_to_fd(source, out.get(), output, filter);
}

}  // namespace

Status filter_stream(int in, const std::string& in_name, int out, const std::string& out_name,
                     const Filter& filter) {
    HOLT_TRY_LET(source, look_at(in, in_name, Opened::by_caller, filter));
    return run_to_fd(source, out, out_name, filter);
}

Status filter_from_file(const std::string& input, int out, const std::string& out_name,
                        const Filter& filter) {
    HOLT_TRY_LET(file, fs::open_path(input));
    HOLT_TRY_LET(source, look_at(file.get(), input, Opened::here, filter));
    return run_to_fd(source, out, out_name, filter);
}

Status filter_to_file(int in, const std::string& in_name, const std::string& output,
                      const Filter& filter, Observer& observer) {
    HOLT_TRY_LET(source, look_at(in, in_name, Opened::by_caller, filter));
    return run_to_path(source, output, filter, observer);
}

Status filter_file(const std::string& input, const std::string& output, const Filter& filter,
                   Observer& observer) {
    HOLT_TRY_LET(file, fs::open_path(input));
    HOLT_TRY_LET(source, look_at(file.get(), input, Opened::here, filter));
    if (!filter.writes) return run_to_fd(source, -1, "", filter);
    HOLT_TRY(run_to_path(source, output, filter, observer));
    if (!filter.remove_source) return {};
    // What went into a device is nowhere: the input stays then.
    HOLT_TRY_LET(written, fs::stat_path(output));
    if (written.kind == Kind::file) HOLT_TRY(fs::unlink_file(fs::kWorkingFolder, input, input));
    return {};
}

Result<std::size_t> FilterReader::read(MutableByteView into) {
    observer_.progress({.stage = stage_, .bytes_done = total_, .bytes_total = source_.size()});
    for (;;) {
        if (!source_.regular()) fs::wait_readable(source_.fd, cancel_);
        if (cancel_ != nullptr && cancel_->requested()) return cancelled();
        const ssize_t got = fs::sys::read(source_.fd, into.data(), into.size());
        // A descriptor that somebody made non-blocking, emptied by somebody else meanwhile.
        if (got == -EAGAIN && !source_.regular()) continue;
        if (got < 0) return fail_errno(static_cast<int>(-got), "read", source_.shown);
        total_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
    }
}

Result<std::size_t> FilterReader::read_on(MutableByteView into, std::size_t got,
                                          std::size_t least) {
    while (got < least) {
        HOLT_TRY_LET(more, read(into.subspan(got)));
        if (more == 0) break;
        got += more;
    }
    return got;
}

std::unexpected<Error> FilterReader::cancelled() const {
    return fail(ErrorKind::cancelled, stage_, source_.shown, "stopped before the end",
                "run it again");
}

}  // namespace holt::api
