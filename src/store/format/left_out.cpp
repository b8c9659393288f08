#include "store/format/left_out.h"

#include <cerrno>

namespace holt::store {

LeftOut why_left_out(const Error& error) noexcept {
    switch (error.sys_errno) {
        case EACCES:
        case EPERM:
            return LeftOut::denied;
        case EIO:
            return LeftOut::io;
        case 0:
            // No call failed: it was read, and read again, or it was not entered.
            return error.kind == ErrorKind::partial ? LeftOut::changing : LeftOut::limit;
        default:
            return LeftOut::other;
    }
}

void make_left_out(TreeEntry& entry, LeftOut why) {
    TreeEntry kept{.name = std::move(entry.name), .kind = entry.kind};
    if (why != LeftOut::unseen) {
        kept.mode = entry.mode;
        kept.uid = entry.uid;
        kept.gid = entry.gid;
        kept.mtime = entry.mtime;
    }
    kept.left_out = why;
    entry = std::move(kept);
}

Error left_out_error(const char* operation, const TreeEntry& entry, const std::string& path) {
    const std::string reason = entry.left_out == LeftOut::no
                                   ? "its attributes could not be read"
                                   : std::string(reason_of(entry.left_out));
    return fail(ErrorKind::partial, operation, path,
                "it was left out when the snapshot was taken: " + reason,
                "take the snapshot as a user who may read it")
        .error();
}

void tell_left_out(Reporter& reporter, const char* operation, const TreeEntry& entry,
                   const std::string& path) {
    if (entry.left_out == LeftOut::no && !entry.attributes_left_out) return;
    Error about = left_out_error(operation, entry, path.empty() ? "." : path);
    about.advice.clear();  // the same for each
    reporter.note(Severity::left_out, about);
}

}  // namespace holt::store
