#include "store/trees/owner_rule.h"

#include <limits>
#include <string>

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
                    "give --owner caller");
    return rule;
}

void OwnerRule::apply(TreeEntry& entry) const noexcept {
    if (!owner_ || (entry.uid == owner_->uid && entry.gid == owner_->gid)) return;
    entry.uid = owner_->uid;
    entry.gid = owner_->gid;
    constexpr std::uint16_t kGivesRights = 06000;
    if (entry.kind == fs::Kind::file)
        entry.mode = static_cast<std::uint16_t>(entry.mode & ~kGivesRights);
}

}  // namespace holt::store
