#include "store/trees/owner_rule.h"

#include <limits>
#include <string>

#include "fs/folder.h"

namespace holt::store {

Result<OwnerRule> OwnerRule::make(const OwnerChoice& choice, const char* operation) {
    OwnerRule rule;
    if (choice.who == OwnerChoice::Who::preserve) return rule;
    const fs::Owner caller = fs::caller();
    rule.owner_ = caller;
    if (choice.who == OwnerChoice::Who::caller) return rule;
    rule.owner_ = fs::Owner{.uid = choice.uid, .gid = choice.gid.value_or(caller.gid)};
    const std::string shown =
        std::to_string(rule.owner_->uid) + ":" + std::to_string(rule.owner_->gid);
    // chown(2) takes this number for "leave it as it is".
    constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
    if (rule.owner_->uid == kNobody || rule.owner_->gid == kNobody)
        return fail(ErrorKind::usage, operation, shown, "4294967295 can be nobody's number",
                    "give another owner");
    if (!fs::is_root() && *rule.owner_ != caller)
        return fail(ErrorKind::failed, operation, shown, "only root may give files to others",
                    Advice::owner_caller);
    return rule;
}

bool OwnerRule::apply(TreeEntry& entry) const noexcept {
    if (!owner_ || (entry.uid == owner_->uid && entry.gid == owner_->gid)) return false;
    entry.uid = owner_->uid;
    entry.gid = owner_->gid;
    constexpr std::uint16_t kGivesRights = 06000;
    if (entry.kind != fs::Kind::file || (entry.mode & kGivesRights) == 0) return false;
    entry.mode = static_cast<std::uint16_t>(entry.mode & ~kGivesRights);
    return true;
}

void OwnerRule::apply(Tree& tree, const std::string& path, Reporter& reporter) const {
    if (!owner_) return;
    for (TreeEntry& entry : tree) {
        if (apply(entry)) tell_lost_rights(reporter, fs::join_path(path, entry.name));
    }
}

void tell_lost_rights(Reporter& reporter, const std::string& path) {
    reporter.tally(Severity::info,
                   fail(ErrorKind::partial, "set mode of", path,
                        "it gets another owner, so its setuid and setgid bits are left away")
                       .error());
}

}  // namespace holt::store
