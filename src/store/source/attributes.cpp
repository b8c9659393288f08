#include "store/source/attributes.h"

#include <algorithm>
#include <utility>

namespace holt::store {
namespace {

Error lost_attribute(const fs::XattrLoss& loss, const std::string& path) {
    Error about{.kind = ErrorKind::partial,
                .sys_errno = loss.err,
                .operation = "keep attribute of",
                .object = path,
                .cause = printable(loss.name)};
    if (loss.err == 0) about.cause += " belongs to this machine or file system, and is not kept";
    return about;
}

bool is_trusted(const std::pair<std::string, std::string>& xattr) noexcept {
    return xattr.first.starts_with("trusted.");
}

}  // namespace

void tell_lost(Reporter& reporter, const fs::XattrLosses& lost, TreeEntry& entry,
               const std::string& path) {
    for (const fs::XattrLoss& loss : lost) {
        reporter.tally(loss.err == 0 ? Severity::info : Severity::left_out,
                       lost_attribute(loss, path));
        entry.attributes_left_out |= loss.err != 0;
    }
}

fs::Xattrs AttributeComparison::shown(fs::Xattrs wanted, const std::string& path) const {
    const bool asks = std::ranges::any_of(wanted, is_trusted);
    if (!asks || fs::sees_trusted()) return wanted;
    std::erase_if(wanted, is_trusted);
    reporter_.tally(severity_, fail(ErrorKind::partial, "compare attributes of", path,
                                    "this user is not shown trusted.*", "do it as root")
                                   .error());
    return wanted;
}

Likeness AttributeComparison::compare(const TreeEntry& wanted, const fs::Xattrs& on_disk,
                                      const std::string& path) const {
    if (wanted.attributes_left_out) return Likeness::as_shown;
    if (wanted.xattrs == on_disk) return Likeness::same;
    return shown(wanted.xattrs, path) == on_disk ? Likeness::as_shown : Likeness::differs;
}

}  // namespace holt::store
