#include "store/check_relocation.h"

#include <utility>

#include "base/cancel.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/walk/walk.h"
#include "relocation/analyze.h"
#include "relocation/splices.h"
#include "store/operation/reporter.h"

namespace holt::store {
namespace {

using relocation::Class;
using relocation::Finder;
using relocation::Form;
using relocation::Hit;
using relocation::Layout;
using relocation::Place;
using relocation::Prefixes;
using relocation::Relocation;
using relocation::Side;

// A larger file is searched, and told as binary, without being looked at whole.
constexpr std::uint64_t kMostWhole = std::uint64_t{1} << 30;
constexpr std::size_t kPiece = std::size_t{1} << 20;

std::string_view action_of(const Relocation& relocation, std::size_t index, const std::string& to) {
    const Place& place = relocation.places[index];
    const auto original = bytes_of(relocation, index, Side::original, to);
    const auto moved = bytes_of(relocation, index, Side::moved, to);
    if (!original || !moved || !relocation::keeps_order(relocation, to)) return "cannot";
    switch (place.form) {
        case Form::line:
        case Form::header:
        case Form::source:
            return moved->size() == original->size() && place.form == Form::line ? "fill"
                                                                                 : "rewrite";
        case Form::linked:
            return moved->starts_with(place.other) && !place.other.empty() ? "origin" : "fill";
        case Form::cut:
            return "cut";
        case Form::text:
        case Form::utf8:
            return moved->size() == original->size() ? "fill" : "replace";
        default:
            return "fill";
    }
}

// Where the hits are, in pieces: most files name nothing, and are not held in memory.
Result<std::vector<Hit>> search(int fd, const Finder& finder, Bytes& content, std::uint64_t size,
                                const std::string& shown) {
    std::vector<Hit> hits;
    Bytes window;
    std::uint64_t read = 0;
    std::size_t from = 0;
    for (bool ends = false; !ends;) {
        const std::size_t had = window.size();
        window.resize(had + kPiece);
        HOLT_TRY_LET(got, fs::pread_full(fd, MutableByteView(window).subspan(had), read, shown));
        window.resize(had + got);
        read += got;
        ends = got < kPiece;
        from = finder.find(window, from, ends ? Finder::Piece::ends : Finder::Piece::goes_on,
                           read - window.size(), hits);
        if (ends) break;
        window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(from));
        from = 0;
    }
    if (hits.empty() || size > kMostWhole) return hits;
    content.resize(static_cast<std::size_t>(size));
    HOLT_TRY_LET(got, fs::pread_full(fd, content, 0, shown));
    content.resize(got);
    return finder.find(content);
}

class RelocationCheck {
  public:
    RelocationCheck(Prefixes prefixes, const RelocationCheckOptions& options,
                    const std::function<void(const RelocationFile&)>& visit, Reporter& reporter)
        : prefixes_(std::move(prefixes)),
          finder_(prefixes_),
          options_(options),
          visit_(visit),
          reporter_(reporter) {}

    Status look_at(const fs::WalkFolder& folder) {
        if (folder.error) return reporter_.leave_out(*folder.error);
        for (const fs::EntryError& bad : folder.errors) HOLT_TRY(reporter_.leave_out(bad.error));
        for (const fs::DirEntry& entry : folder.entries) {
            const std::string path = fs::join_path(folder.path, entry.name);
            if (entry.stat.kind == fs::Kind::symlink) look_at_link(entry, path);
            if (entry.stat.kind != fs::Kind::file) continue;
            if (options_.cancel != nullptr && options_.cancel->requested())
                return cancelled("check relocation");
            const Status looked = look_at_file(folder, entry, path);
            if (!looked) HOLT_TRY(reporter_.leave_out(looked.error()));
        }
        return {};
    }
    RelocationReport take(std::string folder) {
        report_.folder = std::move(folder);
        report_.left_out = reporter_.left_out();
        return std::move(report_);
    }

  private:
    void look_at_link(const fs::DirEntry& entry, const std::string& path) {
        if (!relocation::moved_symlink(entry.symlink_target, prefixes_, prefixes_[0])) return;
        tell({.path = path, .kind = RelocationClass::symlink}, 1);
    }

    Status look_at_file(const fs::WalkFolder& folder, const fs::DirEntry& entry,
                        const std::string& path) {
        HOLT_TRY_LET(fd, fs::open_read(folder.fd->get(), entry.name, path));
        ++report_.files;
        Bytes content;
        HOLT_TRY_LET(hits, search(fd.get(), finder_, content, entry.stat.size, path));
        if (hits.empty()) return {};
        RelocationFile file{.path = path};
        file.kind = static_cast<RelocationClass>(relocation::class_of(content, path));
        if (file.kind == RelocationClass::packed) {
            if (options_.packed) tell(std::move(file), 0);
            return {};
        }
        const auto found =
            relocation::analyze(content, {path}, prefixes_, hits, Layout::one_length);
        if (!found) return {};
        describe(*found, file);
        const std::size_t places = file.places.size();
        tell(std::move(file), places);
        return {};
    }

    // With the offsets of the file as it is.
    void describe(const Relocation& found, RelocationFile& file) const {
        const std::string& to = options_.to.empty() ? prefixes_[0] : options_.to;
        std::int64_t shift = 0;
        for (std::size_t i = 0; i < found.places.size(); ++i) {
            const Place& place = found.places[i];
            if (place.form != Form::header)
                file.places.push_back({.offset = static_cast<std::uint64_t>(
                                           static_cast<std::int64_t>(place.offset) + shift),
                                       .action = action_of(found, i, to)});
            shift +=
                static_cast<std::int64_t>(
                    bytes_of(found, i, Side::original, {}).value_or("").size()) -
                static_cast<std::int64_t>(bytes_of(found, i, Side::stored, {}).value_or("").size());
        }
        if (!options_.to.empty()) file.problem = relocation::problem_at(found, to);
    }

    void tell(RelocationFile file, std::size_t places) {
        ++report_.holding;
        report_.places += file.places.size();
        report_.cannot += !file.problem.empty();
        report_.by_class[static_cast<std::size_t>(file.kind)] += places;
        visit_(file);
    }

    const Prefixes prefixes_;
    const Finder finder_;
    const RelocationCheckOptions& options_;
    const std::function<void(const RelocationFile&)>& visit_;
    Reporter& reporter_;
    RelocationReport report_;
};

}  // namespace

Result<RelocationReport> check_relocation(const std::string& folder,
                                          const RelocationCheckOptions& options,
                                          const std::function<void(const RelocationFile&)>& visit,
                                          Observer& observer) {
    Reporter reporter(observer);
    HOLT_TRY_LET(fd, fs::open_folder(folder));
    HOLT_TRY_LET(real, fs::real_path(folder));
    const std::string given = fs::plain_path(folder).value_or(real);
    HOLT_TRY_LET(prefixes, Prefixes::make(given, real));
    if (!options.to.empty()) HOLT_TRY(relocation::check_target(options.to));
    RelocationCheck check(std::move(prefixes), options, visit, reporter);
    fs::TreeWalk walk(std::move(fd), "");
    while (const auto next = walk.next()) HOLT_TRY(check.look_at(*next));
    return check.take(real);
}

}  // namespace holt::store
