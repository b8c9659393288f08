#include <holt/archive.hpp>

#include <array>
#include <utility>

#include "api/local_offset.h"
#include "api/store_impl.h"
#include "archive/export.h"
#include "archive/holt/holt.h"
#include "archive/import.h"
#include "base/no_throw.h"
#include "fs/file.h"
#include "fs/paths.h"
#include "store/auto_gc.h"
#include "store/gc.h"
#include "store/operation/log.h"

namespace holt {
namespace {

constexpr std::array<std::pair<std::string_view, ArchiveFormat>, 7> kSuffixes{{
    {"tar", ArchiveFormat::tar},
    {"tar.gz", ArchiveFormat::tar_gz},
    {"tgz", ArchiveFormat::tar_gz},
    {"tar.zst", ArchiveFormat::tar_zst},
    {"tzst", ArchiveFormat::tar_zst},
    {"zip", ArchiveFormat::zip},
    {"holt", ArchiveFormat::holt},
}};

Result<ArchiveFormat> format_of(const ArchivePlace& place, const ExportOptions& options) {
    if (options.format) return *options.format;
    const bool named = place.fd < 0 && !place.write;
    const auto by_name = named ? archive_format(place.path) : std::nullopt;
    if (by_name) return *by_name;
    return fail(ErrorKind::usage, "export", place.path, "its name does not say the format",
                Advice::give_format);
}

/// An archive to be read, open and looked at.
struct Input {
    UniqueFd own{};
    std::unique_ptr<store::FdSource> source{};
    store::ArchiveKind kind = store::ArchiveKind::unknown;
};

Result<Input> look_at_head(Input input, const std::string& shown) {
    HOLT_TRY_LET(head, input.source->peek());
    if (head.empty())
        return fail(ErrorKind::corrupt, "import", shown, "it is empty", Advice::get_whole_copy);
    HOLT_TRY_LET(kind, input.source->kind());
    input.kind = kind;
    return input;
}

Result<Input> open_input(const ArchivePlace& place, const Cancel* cancel) {
    Input input;
    if (place.read) {
        input.source = std::make_unique<store::FdSource>(place.read, place.path, cancel);
        return look_at_head(std::move(input), place.path);
    }
    int fd = place.fd;
    std::string shown = place.path;
    if (fd < 0) {
        HOLT_TRY_LET(opened, fs::open_path(place.path));
        input.own = std::move(opened);
        fd = input.own.get();
        HOLT_TRY_LET(absolute, fs::real_path(place.path));
        shown = std::move(absolute);
    }
    HOLT_TRY_LET(stat, fs::stat_fd(fd, shown));
    if (stat.kind == fs::Kind::folder)
        return fail(ErrorKind::usage, "import", place.path, "it is a folder",
                    Advice::take_snapshot);
    if (stat.kind == fs::Kind::file) fs::advise_sequential(fd);
    input.source = std::make_unique<store::FdSource>(fd, std::move(shown),
                                                     stat.kind != fs::Kind::file, cancel);
    return look_at_head(std::move(input), place.path);
}

Result<ImportReport> import_once(const store::StoreFolder& folder, const OpenOptions& open,
                                 const ArchivePlace& place, const ImportOptions& options,
                                 Observer& observer) {
    HOLT_TRY_LET(input, open_input(place, options.cancel));
    return store::Workers(open.threads).run([&] {
        if (input.kind == store::ArchiveKind::holt)
            return store::import_holt(folder, open, *input.source, options, observer);
        return store::import_archive(folder, open, *input.source, input.kind, options, observer);
    });
}

}  // namespace

std::string_view name(ArchiveFormat format) noexcept {
    for (const auto& [word, value] : kSuffixes) {
        if (value == format) return word;
    }
    return "tar";
}

std::optional<ArchiveFormat> archive_format(std::string_view text) noexcept {
    for (const auto& [word, value] : kSuffixes) {
        if (text == word) return value;
        const bool suffix = text.size() > word.size() + 1 && text.ends_with(word) &&
                            text[text.size() - word.size() - 1] == '.';
        if (suffix) return value;
    }
    return std::nullopt;
}

namespace {

Result<bool> looks_like_archive(const std::string& path) {
    const auto there = fs::stat_path(path);
    if (!there || there->kind == fs::Kind::folder) return false;
    if (there->kind != fs::Kind::file) return true;
    const auto fd = fs::open_path(path);
    if (!fd) return false;
    store::FdSource source(fd->get(), path, false, nullptr);
    const auto kind = source.kind();
    return kind && *kind != store::ArchiveKind::unknown;
}

}  // namespace

bool begins_as_archive(const std::string& path) {
    return guarded([&] { return looks_like_archive(path); }).value_or(false);
}

Result<ExportReport> Store::export_to(const std::vector<std::string>& snaps,
                                      const ArchivePlace& place, const ExportOptions& options,
                                      Observer& observer) {
    return impl_->use([&]() -> Result<ExportReport> {
        HOLT_TRY_LET(format, format_of(place, options));
        if (snaps.size() != 1 && format != ArchiveFormat::holt)
            return fail(ErrorKind::usage, "export", place.path, "only a .holt file holds several",
                        "export one snapshot");
        if (format == ArchiveFormat::holt && !(options.include.empty() && options.exclude.empty()))
            return fail(ErrorKind::usage, "export", place.path,
                        "a .holt file holds whole snapshots",
                        "leave the selection out, or export a .tar");
        HOLT_TRY_LET(catalog, impl_->catalog(options.cancel));
        HOLT_TRY_LET(output, store::ArchiveOutput::open(place, options.overwrite, impl_->folder));
        if (format == ArchiveFormat::holt)
            return impl_->in_parallel(options.threads, [&] {
                return store::export_holt(impl_->folder, catalog, snaps, output, options, observer);
            });
        if (!options.since.empty())
            return fail(ErrorKind::usage, "export", place.path,
                        "only a .holt file builds on other snapshots");
        return impl_->in_parallel(options.threads, [&] {
            store::Operation op(impl_->folder, impl_->options, options.cancel, observer);
            return store::export_archive(op, catalog, snaps[0], format, output, options);
        });
    });
}

Result<ImportReport> Store::import_from(const ArchivePlace& place, const ImportOptions& options,
                                        Observer& observer) {
    return impl_->change("import", place.path, [&]() -> Result<ImportReport> {
        const auto once = [&] {
            return import_once(impl_->folder, impl_->options, place, options, observer);
        };
        auto report = once();
        // A collector was deleting a pack that it found or wrote again: the next finds it gone.
        // What came from a pipe cannot be read again.
        const auto source = fs::stat_path(place.path);
        const bool again_possible = place.fd < 0 && source && source->kind == fs::Kind::file;
        constexpr int kMostAgain = 5;
        for (int again = 0; again_possible && !report && store::is_gone_meanwhile(report.error()) &&
                            again < kMostAgain;
             ++again) {
            store::help_collector(impl_->folder, impl_->options);
            report = once();
        }
        if (report)
            store::collect_by_itself(impl_->folder, impl_->options, local_offset, options.cancel,
                                     observer);
        return report;
    });
}

}  // namespace holt
