#include "api/filter_file.h"

#include <algorithm>
#include <cerrno>

#include "api/place.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata/handed_on.h"
#include "fs/metadata/metadata.h"
#include "fs/paths.h"
#include "fs/staging/atomic_file.h"
#include "fs/staging/sparse_writer.h"
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
    HOLT_TRY_LET(atime, fs::access_time(fd, shown));
    return FilterSource{.fd = fd,
                        .shown = shown,
                        .stat = std::move(stat),
                        .atime = atime,
                        .whole = opened == Opened::here};
}

bool same_file(const FileStat& a, const FileStat& b) noexcept {
    return a.kind == Kind::file && b.kind == Kind::file && a.dev == b.dev && a.ino == b.ino;
}

std::unexpected<Error> own_output(const Filter& filter, const std::string& shown) {
    return fail(ErrorKind::usage, filter.operation, shown,
                "it is its own output, and would be lost", "give another output file");
}

/// Into a regular file from the place on where it stands.
Status run_with_holes(const FilterSource& source, int out, const std::string& out_name,
                      const Filter& filter) {
    const std::int64_t begin = fs::sys::lseek(out, 0, SEEK_CUR);
    if (begin < 0) return fail_errno(static_cast<int>(-begin), "seek in", out_name);
    fs::SparseWriter writer(
        [&](std::uint64_t offset, ByteView bytes) {
            return fs::pwrite_full(out, bytes, offset, out_name);
        },
        static_cast<std::uint64_t>(begin));
    HOLT_TRY(filter.run(source, [&](ByteView bytes) { return writer.write(bytes); }));
    HOLT_TRY(writer.finish());
    // Whoever writes to it next goes on behind this.
    const std::int64_t end = fs::sys::lseek(out, static_cast<std::int64_t>(writer.end()), SEEK_SET);
    if (end < 0) return fail_errno(static_cast<int>(-end), "seek in", out_name);
    return {};
}

Status run_to_fd(const FilterSource& source, int out, const std::string& out_name,
                 const Filter& filter) {
    if (!filter.writes) return filter.run(source, [](ByteView) { return Status{}; });
    HOLT_TRY_LET(out_stat, fs::stat_fd(out, out_name));
    if (same_file(source.stat, out_stat)) return own_output(filter, source.shown);
    if (filter.holes == Holes::anywhere && out_stat.kind == Kind::file)
        return run_with_holes(source, out, out_name, filter);
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
        auto refused = fail(ErrorKind::failed, filter.operation, output,
                            "the output exists already", Advice::replace_output);
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
    if (mode != from.mode)
        observer.note(Severity::info, {.kind = ErrorKind::partial,
                                       .operation = filter.operation,
                                       .object = shown,
                                       .cause = "it gets no access control list, and the mode that "
                                                "gives nobody more than the input's list"});
    const fs::HandedOn handed = {
        .mode = mode,
        .uid = from.uid,
        .gid = from.gid,
        .mtime = stored.value_or(from.mtime),
        .atime = filter.keeps_atime ? std::optional(source.atime) : std::nullopt};
    const auto left_away = fs::hand_on(fd, handed, shown);
    if (!left_away) return observer.note(Severity::warning, left_away.error());
    for (const Error& each : *left_away) observer.note(Severity::info, each);
}

/// Runs the filter over sources into a file that is being written.
class NewFile {
  public:
    NewFile(fs::AtomicFile& file, const Filter& filter) : file_(file), filter_(filter) {}

    Status add(const FilterSource& source) {
        if (filter_.holes == Holes::none)
            return filter_.run(source, [&](ByteView bytes) { return file_.write(bytes); });
        return filter_.run(source, [&](ByteView bytes) { return sparse_.write(bytes); });
    }
    Status finish() { return sparse_.finish(); }

  private:
    fs::AtomicFile& file_;
    const Filter& filter_;
    fs::SparseWriter sparse_{
        [this](std::uint64_t offset, ByteView bytes) { return file_.write_at(offset, bytes); }};
};

Status run_to_new_file(const FilterSource& source, const Place& place, const std::string& output,
                       Existing existing, const Filter& filter, Observer& observer) {
    // 0600 while it is written: its content may be nobody else's business. What comes from a
    // caller's descriptor is a new file like any other, whatever stands behind that.
    const bool handed_on = source.whole && source.regular();
    HOLT_TRY_LET(file, fs::AtomicFile::create_unnamed(place.folder.get(), place.name,
                                                      place.folder_shown, handed_on ? 0600 : 0666));
    NewFile content(file, filter);
    HOLT_TRY(content.add(source));
    HOLT_TRY(content.finish());
    if (handed_on) keep_metadata(file.fd(), source, output, filter, observer);
    const bool synced = filter.remove_source || filter.synchronous;
    return file.commit(place.folder.get(), place.name, output,
                       existing == Existing::replace ? fs::IfExists::replace : fs::IfExists::fail,
                       synced ? fs::Durability::synced : fs::Durability::none);
}

Result<UniqueFd> open_device(const std::string& path) {
    const int fd = fs::sys::openat(fs::kWorkingFolder, path.c_str(), O_WRONLY | O_NOCTTY);
    if (fd < 0) return fail_errno(-fd, "open output", path);
    return UniqueFd(fd);
}

Status run_to_path(const FilterSource& source, const std::string& output, const Filter& filter,
                   Observer& observer) {
    HOLT_TRY_LET(place, place_of(output));
    HOLT_TRY_LET(existing, look_at_output(place, output, source.stat, filter));
    if (existing != Existing::write_into)
        return run_to_new_file(source, place, output, existing, filter, observer);
    HOLT_TRY_LET(out, open_device(output));
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

Status filter_files(const std::vector<std::string>& inputs, const std::string& stdin_name,
                    const std::string& output, const Filter& filter,
                    const std::function<bool(const std::string&, const Status&)>& each) {
    const auto stopped = [&] {
        return fail(ErrorKind::failed, filter.operation, output, "not written: an input failed");
    };
    HOLT_TRY_LET(place, place_of(output));
    UniqueFd device;
    std::optional<fs::AtomicFile> file;
    std::optional<NewFile> content;
    Existing existing = Existing::none;
    for (const std::string& input : inputs) {
        const bool from_stdin = input == "-";
        UniqueFd opened;
        Result<FilterSource> source = fail(ErrorKind::failed, filter.operation, input, "");
        if (from_stdin) {
            source = look_at(0, stdin_name, Opened::by_caller, filter);
        } else if (auto named = fs::open_path(input)) {
            opened = *std::move(named);
            source = look_at(opened.get(), input, Opened::here, filter);
        } else {
            source = std::unexpected(std::move(named).error());
        }
        if (!source) {
            if (!each(input, std::unexpected(source.error()))) return stopped();
            continue;
        }
        HOLT_TRY_LET(there, look_at_output(place, output, source->stat, filter));
        existing = there;
        if (there == Existing::write_into) {
            if (!device) {
                HOLT_TRY_LET(opened_device, open_device(output));
                device = std::move(opened_device);
            }
            const Status put = run_to_fd(*source, device.get(), output, filter);
            if (!each(input, put) || !put) return stopped();
            continue;
        }
        if (!file) {
            HOLT_TRY_LET(made, fs::AtomicFile::create_unnamed(place.folder.get(), place.name,
                                                              place.folder_shown, 0666));
            file = std::move(made);
            content.emplace(*file, filter);
        }
        const Status added = content->add(*source);
        if (!each(input, added) || !added) return stopped();
    }
    if (device) return {};
    if (!file) return stopped();
    HOLT_TRY(content->finish());
    return file->commit(place.folder.get(), place.name, output,
                        existing == Existing::replace ? fs::IfExists::replace : fs::IfExists::fail,
                        fs::Durability::none);
}

Result<FilterSource> with_bytes_ahead(FilterSource source, std::size_t least,
                                      const Cancel* cancel) {
    if (source.ahead.size() >= least) return source;
    constexpr std::size_t kRead = std::size_t{64} << 10;  // a pipe's
    Observer silent;
    Bytes ahead(kRead);
    FilterReader reader(source, "read", cancel, silent);
    HOLT_TRY_LET(got, reader.read_on(ahead, 0, least));
    ahead.resize(got);
    source.ahead = std::move(ahead);
    return source;
}

Result<std::size_t> FilterReader::read(MutableByteView into) {
    observer_.progress({.stage = stage_, .bytes_done = total_, .bytes_total = source_.size()});
    if (ahead_used_ < source_.ahead.size()) {
        const std::size_t size = std::min(into.size(), source_.ahead.size() - ahead_used_);
        std::copy_n(source_.ahead.data() + ahead_used_, size, into.data());
        ahead_used_ += size;
        total_ += size;
        return size;
    }
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
