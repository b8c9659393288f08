#include "store/archive_output.h"

#include <utility>

#include "fs/file.h"
#include "fs/folder.h"
#include "fs/open_special.h"
#include "fs/paths.h"

namespace holt::store {
namespace {

constexpr const char* kExport = "export";

enum class Target : std::uint8_t { new_file, no_file };

// What stands under the name: symlinks are followed for what is no file, and replaced otherwise.
Result<Target> look_at(int folder, const std::string& name, const std::string& path,
                       bool overwrite) {
    HOLT_TRY_LET(there, fs::exists(folder, name, path));
    if (!there) return Target::new_file;
    const auto target = fs::stat_path(path);
    if (target && target->kind == fs::Kind::folder)
        return fail(ErrorKind::failed, kExport, path, "it is a folder", "give the name of a file");
    if (target && target->kind != fs::Kind::file) return Target::no_file;
    if (overwrite) return Target::new_file;
    return fail(ErrorKind::failed, kExport, path, "the file exists already",
                "use --force to replace it, or give another name");
}

}  // namespace

Result<ArchiveOutput> ArchiveOutput::open(const ArchivePlace& place, bool overwrite) {
    ArchiveOutput output;
    output.shown_ = place.path;
    if (place.fd >= 0) {
        output.fd_ = place.fd;
        return output;
    }
    const std::size_t slash = place.path.rfind('/');
    const std::string folder = slash == std::string::npos ? "."
                               : slash == 0               ? "/"
                                                          : place.path.substr(0, slash);
    output.name_ = slash == std::string::npos ? place.path : place.path.substr(slash + 1);
    HOLT_TRY(fs::check_component(output.name_, place.path));
    HOLT_TRY_LET(fd, fs::open_folder(folder));
    output.folder_ = std::move(fd);
    HOLT_TRY_LET(target, look_at(output.folder_.get(), output.name_, place.path, overwrite));
    if (target == Target::no_file) {
        HOLT_TRY_LET(opened, fs::open_special(place.path));
        output.own_ = std::move(opened);
        output.fd_ = output.own_.get();
        return output;
    }
    HOLT_TRY_LET(file,
                 fs::AtomicFile::create_unnamed(output.folder_.get(), output.name_, folder, 0666));
    output.file_.emplace(std::move(file));
    output.replace_ = overwrite;
    return output;
}

Status ArchiveOutput::write(ByteView bytes) {
    HOLT_TRY(file_ ? file_->write(bytes) : fs::write_full(fd_, bytes, shown_));
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
