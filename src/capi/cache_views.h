// What the cache found, as C structs that point into it. Thread rule: values, which what they show
// outlives.
#pragma once

#include <holt/holt.h>
#include <holt/cache.hpp>

#include <optional>
#include <vector>

#include "capi/views.h"

namespace holt::capi {

holt_key_input to_c(const KeyInput& input) noexcept;
/// Tells of each; not 0 from `visit` ends it.
void tell_all(const std::vector<KeyInput>& inputs, holt_key_input_visitor visit, void* user);

class FoundView {
  public:
    explicit FoundView(const CacheFound& found);
    FoundView(const FoundView&) = delete;
    FoundView& operator=(const FoundView&) = delete;
    const holt_cache_found* get() const noexcept { return &found_; }

  private:
    void show_changes(const std::vector<KeyChange>& changes);

    std::optional<InfoView> snapshot_, nearest_;
    std::vector<holt_key_input> inputs_;
    std::vector<holt_key_change> changes_;
    std::vector<const holt_key_change*> list_;  // a list of structs that may grow
    holt_cache_found found_{};
};

}  // namespace holt::capi
