#include "fs/staging/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/guard.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "fs/staging/tree_writer.h"
#include "fs/sys.h"

namespace holt::fs {
namespace {

constexpr std::size_t kLongestStem = 200;  // leaves room for the suffix in a name of 255 bytes

std::string temporary_name_of(std::string_view stem) {
    return std::string(stem.substr(0, kLongestStem)) + ".tmp-" + random_hex(16);
}

// What the open of an unnamed file answers where there are none: file systems without them,
// kernels that take O_TMPFILE for an odd way to open a folder.
bool has_no_unnamed_files(int err) noexcept {
    return err == EOPNOTSUPP || err == EISDIR || err == EINVAL || err == ENOENT || err == ENOSYS;
}

// Whether it can be given a name later, as an ordinary user too: by the magic link of /proc.
bool can_be_named(int fd) {
    struct stat st;
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    return sys::fstatat(kWorkingFolder, link.c_str(), &st) == 0;
}

}  // namespace

Result<AtomicFile> AtomicFile::create(int dir, std::string_view stem, std::string_view shown_folder,
                                      unsigned mode) {
    for (int attempt = 1;; ++attempt) {
        std::string name = temporary_name_of(stem);
        std::string shown = join_path(shown_folder, name);
        auto fd = create_file(dir, name, mode, shown);
        if (fd) return AtomicFile(dir, std::move(name), std::move(shown), *std::move(fd));
        if (fd.error().sys_errno != EEXIST || attempt == kNameAttempts)
            return std::unexpected(std::move(fd).error());
    }
}

Result<AtomicFile> AtomicFile::create_locked(int dir, std::string_view stem,
                                             std::string_view shown_folder, unsigned mode) {
    for (int attempt = 1; attempt <= kNameAttempts; ++attempt) {
        HOLT_TRY_LET(file, create(dir, stem, shown_folder, mode));
        const int locked = sys::flock(file.fd(), LOCK_EX | LOCK_NB);
        if (locked < 0 && locked != -EWOULDBLOCK) return fail_errno(-locked, "lock", file.shown());
        struct stat st;
        if (const int r = sys::fstat(file.fd(), &st); r < 0)
            return fail_errno(-r, "look at", file.shown());
        // Before it was locked a sweep may have taken it for that of a dead process.
        if (locked < 0 || st.st_nlink == 0) continue;
        HOLT_TRY_LET(lock, duplicate(file.fd(), file.shown()));
        file.lock_ = std::move(lock);
        return file;
    }
    return fail(ErrorKind::busy, "create file in", std::string(shown_folder),
                "other processes keep removing it", "run it again");
}

Result<AtomicFile> AtomicFile::create_unnamed(int dir, std::string_view stem,
                                              std::string_view shown_folder, unsigned mode) {
    const int opened = sys::openat(dir, ".", O_RDWR | O_TMPFILE, mode);
    if (opened < 0 && !has_no_unnamed_files(-opened))
        return fail_errno(-opened, "create file in",
                          std::string(shown_folder.empty() ? "." : shown_folder));
    UniqueFd fd(opened);
    if (opened < 0 || !can_be_named(opened)) return create_locked(dir, stem, shown_folder, mode);
    return AtomicFile(dir, "", join_path(shown_folder, stem), std::move(fd));
}

AtomicFile::AtomicFile(int dir, std::string name, std::string shown, UniqueFd fd)
    : dir_(dir),
      owner_pid_(::getpid()),
      name_(std::move(name)),
      shown_(std::move(shown)),
      fd_(std::move(fd)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : dir_(other.dir_),
      owner_pid_(other.owner_pid_),
      name_(std::exchange(other.name_, {})),
      shown_(std::move(other.shown_)),
      fd_(std::move(other.fd_)),
      lock_(std::move(other.lock_)),
      size_(other.size_),
      broken_(std::exchange(other.broken_, true)),
      synced_(other.synced_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
    if (this == &other) return *this;
    discard();
    dir_ = other.dir_;
    owner_pid_ = other.owner_pid_;
    name_ = std::exchange(other.name_, {});
    shown_ = std::move(other.shown_);
    fd_ = std::move(other.fd_);
    lock_ = std::move(other.lock_);
    size_ = other.size_;
    broken_ = std::exchange(other.broken_, true);
    synced_ = other.synced_;
    return *this;
}

AtomicFile::~AtomicFile() {
    discard();
}

void AtomicFile::discard() noexcept {
    // After a fork the file is the parent's, the child's copy leaves it alone.
    if (!name_.empty() && owner_pid_ == ::getpid()) (void)sys::unlinkat(dir_, name_.c_str());
    name_.clear();
    fd_.reset();
    lock_.reset();
}

Status AtomicFile::usable() const {
    if (!broken_ && fd_) return {};
    return fail(ErrorKind::failed, "write", shown_,
                broken_ ? "an earlier write to this file failed" : "the file is closed");
}

Status AtomicFile::note(Status status) {
    if (!status) broken_ = true;
    return status;
}

Status AtomicFile::write(ByteView bytes) {
    HOLT_TRY(usable());
    synced_ = false;
    HOLT_TRY(note(pwrite_full(fd_.get(), bytes, size_, shown_)));
    size_ += bytes.size();
    return {};
}

Status AtomicFile::write_at(std::uint64_t offset, ByteView bytes) {
    HOLT_TRY(usable());
    synced_ = false;
    HOLT_TRY(note(pwrite_full(fd_.get(), bytes, offset, shown_)));
    size_ = std::max(size_, offset + bytes.size());
    return {};
}

Status AtomicFile::sync() {
    HOLT_TRY(usable());
    if (synced_) return {};
    if (guard("fsync of a file")) HOLT_TRY(note(sync_fd(fd_.get(), shown_)));
    synced_ = true;
    return {};
}

Status AtomicFile::name_temporarily(std::string_view stem) {
    for (int attempt = 1;; ++attempt) {
        std::string name = temporary_name_of(stem);
        Status linked = link_open_file(fd_.get(), dir_, name, shown_);
        if (linked) name_ = std::move(name);
        if (linked || linked.error().sys_errno != EEXIST || attempt == kNameAttempts) return linked;
    }
}

Status AtomicFile::commit(int to_dir, const std::string& name, std::string_view shown_target,
                          IfExists if_exists, Durability durability, int new_parent) {
    HOLT_TRY(usable());
    const bool durable = durability == Durability::synced;
    if (durable) {
        if (Status synced = sync(); !synced) {
            discard();
            return synced;
        }
    }
    // A link does not replace: then there are two steps.
    const bool unnamed = name_.empty();
    if (unnamed && if_exists == IfExists::fail) {
        HOLT_TRY(link_open_file(fd_.get(), to_dir, name, shown_target));
        fd_.reset();
    } else {
        if (unnamed) HOLT_TRY(name_temporarily(name));
        // Network file systems report a failed write as late as on close.
        if (const int r = sys::close(fd_.release()); r < 0 && r != -EINTR) {
            discard();
            return fail_errno(-r, "write", shown_);
        }
        HOLT_TRY(if_exists == IfExists::replace
                     ? rename_replace(dir_, name_, to_dir, name, shown_target)
                     : rename_no_replace(dir_, name_, to_dir, name, shown_target));
    }
    name_.clear();
    lock_.reset();
    if (!durable) return {};
    if (guard("fsync of a folder")) HOLT_TRY(sync_folder(to_dir, shown_target));
    if (new_parent >= 0) HOLT_TRY(sync_folder(new_parent, shown_target));
    return {};
}

Status write_file_atomically(int dir, const std::string& name, ByteView bytes,
                             std::string_view shown, const NewFile& file) {
    const std::string_view folder = shown.substr(0, std::min(shown.rfind('/'), shown.size()));
    HOLT_TRY_LET(made, AtomicFile::create(dir, name, folder == shown ? "" : folder, file.mode));
    HOLT_TRY(made.write(bytes));
    return made.commit(dir, name, shown, file.if_exists, file.durability);
}

}  // namespace holt::fs
