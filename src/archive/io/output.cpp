#include "archive/io/output.h"

#include <utility>

#include "fs/file.h"
#include "fs/follow_path.h"
#include "fs/open_special.h"
#include "store/disk/store_guard.h"

namespace holt::store {
namespace {

constexpr const char* kExport = "export";

// What is written to when it is no file: followed to through symlinks. Nothing when the name is
// that of a file, or of a symlink to one, which is replaced itself.
Result<std::optional<UniqueFd>> open_no_file(const std::string& path, const fs::PathEnd& place) {
    if (!place.stat || place.stat->kind == fs::Kind::file) return std::nullopt;
    HOLT_TRY_LET(end, fs::follow_path(path, fs::FollowLinks::trusted));
    if (!end.stat || end.stat->kind == fs::Kind::file) return std::nullopt;
    if (end.stat->kind == fs::Kind::folder)
        return fail(ErrorKind::failed, kExport, path, "it is a folder", "give the name of a file");
    return fs::open_special(end, path);
}

}  // namespace

Result<ArchiveOutput> ArchiveOutput::open(const ArchivePlace& place, bool overwrite,
                                          const StoreFolder& store) {
    ArchiveOutput output;
    output.shown_ = place.path;
    if (place.write) {
        output.write_ = place.write;
        return output;
    }
    if (place.fd >= 0) {
        output.fd_ = place.fd;
        return output;
    }
    if (place.path.empty() || place.path.ends_with('/'))
        return fail(ErrorKind::usage, kExport, place.path, "it is not the name of a file",
                    "give the name of a file");
    HOLT_TRY_LET(end, fs::follow_path(place.path, fs::FollowLinks::trusted, fs::LastLink::keep));
    HOLT_TRY(refuse_inside_store(end.folder.get(), &store, kExport, place.path));
    HOLT_TRY_LET(special, open_no_file(place.path, end));
    if (special) {
        output.own_ = *std::move(special);
        output.fd_ = output.own_.get();
        return output;
    }
    if (end.stat && !overwrite)
        return fail(ErrorKind::failed, kExport, place.path, "the file exists already",
                    Advice::replace_output);
    output.name_ = std::move(end.name);
    output.folder_ = std::move(end.folder);
    HOLT_TRY_LET(file, fs::AtomicFile::create_unnamed(output.folder_.get(), output.name_,
                                                      end.folder_shown, 0666));
    output.file_.emplace(std::move(file));
    output.replace_ = overwrite;
    return output;
}

Status ArchiveOutput::write(ByteView bytes) {
    HOLT_TRY(write_  ? write_(bytes)
             : file_ ? file_->write(bytes)
                     : fs::write_full(fd_, bytes, shown_));
    size_ += bytes.size();
    return {};
}

Status ArchiveOutput::commit() {
    if (!file_) return {};
    return file_->commit(folder_.get(), name_, shown_,
                         replace_ ? fs::IfExists::replace : fs::IfExists::fail,
                         fs::Durability::synced);
}

}  // namespace holt::store
