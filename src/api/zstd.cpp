#include <holt/zstd.hpp>

#include <cerrno>

#include "api/place.h"
#include "api/zstd_pump.h"
#include "base/unique_fd.h"
#include "codec/zstd/compress.h"
#include "fs/atomic_file.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/metadata.h"
#include "fs/paths.h"
#include "fs/sys.h"

namespace holt {
namespace {

using api::Place;
using fs::FileStat;
using fs::Kind;

std::string operation_of(ZstdMode mode) {
    switch (mode) {
        case ZstdMode::compress:
            return "compress";
        case ZstdMode::decompress:
            return "decompress";
        case ZstdMode::test:
            return "test";
    }
    return "filter";
}

struct Source {
    api::PumpSource pump;
    FileStat stat;
};

/// Whose descriptor it is: of a file opened here everything is read; a caller's may stand anywhere.
enum class Opened : std::uint8_t { here, by_caller };

Result<Source> look_at(int fd, const std::string& shown, Opened opened,
                       const ZstdOptions& options) {
    HOLT_TRY_LET(stat, fs::stat_fd(fd, shown));
    if (stat.kind == Kind::folder)
        return fail(ErrorKind::failed, operation_of(options.mode), shown, "it is a folder",
                    "name the files in it, or put it into a tar archive first");
    const bool regular = stat.kind == Kind::file;
    if (regular) fs::advise_sequential(fd);
    return Source{.pump = {.fd = fd,
                           .shown = shown,
                           .size = regular ? stat.size : 0,
                           .whole = opened == Opened::here,
                           .may_block = !regular},
                  .stat = std::move(stat)};
}

bool same_file(const FileStat& a, const FileStat& b) noexcept {
    return a.kind == Kind::file && b.kind == Kind::file && a.dev == b.dev && a.ino == b.ino;
}

std::unexpected<Error> own_output(const ZstdOptions& options, const std::string& shown) {
    return fail(ErrorKind::usage, operation_of(options.mode), shown,
                "it is its own output, and would be lost", "give another output file");
}

/// Runs `pump_with` with the dictionary that the options name, or with none.
template <class Dictionary, class Pump>
Result<ZstdReport> with_dictionary(const std::string& path, Pump pump_with) {
    if (path.empty()) return pump_with(nullptr);
    HOLT_TRY_LET(bytes, api::read_dictionary(path));
    const auto dictionary = Dictionary::load(bytes);
    if (!dictionary) return api::codec_error(dictionary.error(), "load dictionary", path);
    return pump_with(&*dictionary);
}

Result<ZstdReport> pump(const api::PumpSource& source, const api::PumpSink& sink,
                        const ZstdOptions& options, Observer& observer) {
    if (options.mode == ZstdMode::compress)
        return with_dictionary<zstd::EncodeDictionary>(
            options.dictionary, [&](const zstd::EncodeDictionary* dictionary) {
                return api::pump_compress(source, sink, options, dictionary, observer);
            });
    return with_dictionary<zstd::DecodeDictionary>(
        options.dictionary, [&](const zstd::DecodeDictionary* dictionary) {
            return api::pump_decompress(source, sink, options, dictionary, observer);
        });
}

Result<ZstdReport> pump_to_fd(const Source& source, int out, const std::string& out_name,
                              const ZstdOptions& options, Observer& observer) {
    if (options.mode == ZstdMode::test)
        return pump(
            source.pump, [](ByteView) { return Status{}; }, options, observer);
    HOLT_TRY_LET(out_stat, fs::stat_fd(out, out_name));
    if (same_file(source.stat, out_stat)) return own_output(options, source.pump.shown);
    const auto write = [&](ByteView bytes) { return fs::write_full(out, bytes, out_name); };
    return pump(source.pump, write, options, observer);
}

/// An output that is there already: what is to be done with it.
enum class Existing : std::uint8_t { none, replace, write_into };

Result<Existing> look_at_output(const Place& place, const std::string& output,
                                const FileStat& input, const ZstdOptions& options) {
    HOLT_TRY_LET(there, fs::exists(place.folder.get(), place.name, output));
    if (!there) return Existing::none;
    const auto target = fs::stat_path(output);  // symlinks followed; fails for a dangling one
    if (target) {
        if (same_file(input, *target)) return own_output(options, output);
        if (target->kind == Kind::folder)
            return fail(ErrorKind::failed, operation_of(options.mode), output,
                        "the output is a folder", "give the name of a file");
        // A device or a FIFO is a place to write to, not a file to put another one in place of.
        if (target->kind != Kind::file) return Existing::write_into;
    }
    if (!options.overwrite)
        return fail(ErrorKind::failed, operation_of(options.mode), output,
                    "the output exists already", "give -f to overwrite it, or another name");
    return Existing::replace;
}

/// What the output takes over from the input. Errors are notes: the content is whole without.
void keep_metadata(int fd, const FileStat& from, const std::string& shown, Observer& observer) {
    const fs::Metadata metadata{
        .mode = from.mode, .uid = from.uid, .gid = from.gid, .mtime = from.mtime};
    const auto warnings = fs::apply_metadata(fd, metadata, {}, shown);
    if (!warnings) return observer.note(Severity::warning, warnings.error());
    for (const Error& warning : *warnings) observer.note(Severity::warning, warning);
}

Result<ZstdReport> pump_to_new_file(const Source& source, const Place& place,
                                    const std::string& output, Existing existing,
                                    const ZstdOptions& options, Observer& observer) {
    const bool regular = source.stat.kind == Kind::file;
    // 0600 while it is written: its content may be nobody else's business.
    HOLT_TRY_LET(file, fs::AtomicFile::create_unnamed(place.folder.get(), place.name,
                                                      place.folder_shown, regular ? 0600 : 0666));
    HOLT_TRY_LET(report, pump(
                             source.pump, [&](ByteView bytes) { return file.write(bytes); },
                             options, observer));
    if (regular) keep_metadata(file.fd(), source.stat, output, observer);
    HOLT_TRY(file.commit(place.folder.get(), place.name, output,
                         existing == Existing::replace ? fs::IfExists::replace : fs::IfExists::fail,
                         options.remove_source ? fs::Durability::synced : fs::Durability::none));
    return report;
}

Result<ZstdReport> pump_to_path(const Source& source, const std::string& output,
                                const ZstdOptions& options, Observer& observer) {
    HOLT_TRY_LET(place, api::place_of(output));
    HOLT_TRY_LET(existing, look_at_output(place, output, source.stat, options));
    if (existing != Existing::write_into)
        return pump_to_new_file(source, place, output, existing, options, observer);
    const int fd = fs::sys::openat(fs::kWorkingFolder, output.c_str(), O_WRONLY | O_NOCTTY);
    if (fd < 0) return fail_errno(-fd, "open output", output);
    const UniqueFd out(fd);
    return pump_to_fd(source, out.get(), output, options, observer);
}

}  // namespace

ZstdLevels zstd_levels() noexcept {
    return {.min = zstd::kMinLevel,
            .max = zstd::kMaxOrdinaryLevel,
            .standard = zstd::kDefaultLevel,
            .ultra = zstd::kMaxLevel};
}

Result<ZstdReport> zstd_stream(int in, const std::string& in_name, int out,
                               const std::string& out_name, const ZstdOptions& options,
                               Observer& observer) {
    HOLT_TRY_LET(source, look_at(in, in_name, Opened::by_caller, options));
    return pump_to_fd(source, out, out_name, options, observer);
}

Result<ZstdReport> zstd_from_file(const std::string& input, int out, const std::string& out_name,
                                  const ZstdOptions& options, Observer& observer) {
    HOLT_TRY_LET(file, fs::open_path(input));
    HOLT_TRY_LET(source, look_at(file.get(), input, Opened::here, options));
    return pump_to_fd(source, out, out_name, options, observer);
}

Result<ZstdReport> zstd_to_file(int in, const std::string& in_name, const std::string& output,
                                const ZstdOptions& options, Observer& observer) {
    HOLT_TRY_LET(source, look_at(in, in_name, Opened::by_caller, options));
    return pump_to_path(source, output, options, observer);
}

Result<ZstdReport> zstd_file(const std::string& input, const std::string& output,
                             const ZstdOptions& options, Observer& observer) {
    HOLT_TRY_LET(file, fs::open_path(input));
    HOLT_TRY_LET(source, look_at(file.get(), input, Opened::here, options));
    if (options.mode == ZstdMode::test) return pump_to_fd(source, -1, "", options, observer);
    HOLT_TRY_LET(report, pump_to_path(source, output, options, observer));
    if (!options.remove_source) return report;
    // What went into a device is nowhere: the input stays then.
    HOLT_TRY_LET(written, fs::stat_path(output));
    if (written.kind == Kind::file) HOLT_TRY(fs::unlink_file(fs::kWorkingFolder, input, input));
    return report;
}

}  // namespace holt
