#include "capi/cache_views.h"

namespace holt::capi {

holt_key_input to_c(const KeyInput& input) noexcept {
    return {.size = sizeof(holt_key_input),
            .kind = static_cast<holt_key_kind>(input.kind),
            .name = input.name.c_str(),
            .digest = to_c(input.digest),
            .value = input.value.c_str()};
}

void tell_all(const std::vector<KeyInput>& inputs, holt_key_input_visitor visit, void* user) {
    for (const KeyInput& input : inputs) {
        const holt_key_input told = to_c(input);
        if (visit(user, &told) != 0) return;
    }
}

FoundView::FoundView(const CacheFound& found) {
    if (found.snapshot) snapshot_.emplace(*found.snapshot);
    if (found.miss.nearest) nearest_.emplace(*found.miss.nearest);
    show_changes(found.miss.changes);
    found_ = {.size = sizeof found_,
              .match = static_cast<holt_cache_match>(found.match),
              .snapshot = snapshot_ ? snapshot_->get() : nullptr,
              .evicted = found.miss.evicted ? 1 : 0,
              .evicted_at = to_c(found.miss.evicted_at),
              .evicted_why = found.miss.evicted_why.c_str(),
              .nearest = nearest_ ? nearest_->get() : nullptr,
              .changes = list_.data(),
              .change_count = list_.size()};
}

// Each list is complete before another points into it.
void FoundView::show_changes(const std::vector<KeyChange>& changes) {
    inputs_.reserve(changes.size());
    changes_.reserve(changes.size());
    list_.reserve(changes.size());
    for (const KeyChange& change : changes) inputs_.push_back(to_c(change.input));
    for (std::size_t i = 0; i < changes.size(); ++i)
        changes_.push_back({.size = sizeof(holt_key_change),
                            .how = static_cast<holt_key_how>(changes[i].how),
                            .input = &inputs_[i],
                            .value_before = changes[i].value_before.c_str()});
    for (const holt_key_change& change : changes_) list_.push_back(&change);
}

}  // namespace holt::capi
