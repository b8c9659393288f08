// How damage of a store is told: by verify and repair. Thread rule: as Session.
#pragma once

#include <vector>

#include "cli/session/session.h"

namespace holt::cli {

/// Each damage: a message, a JSON line with --json. One bad block can touch thousands of files: of
/// so many the first are shown, and all with -v or --json.
void tell_damage(Session& session, const std::vector<Damage>& damage);

/// The exit code that it means.
int damage_code(const std::vector<Damage>& damage) noexcept;

}  // namespace holt::cli
