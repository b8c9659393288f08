// A snapshot's row as the public interface shows it. Thread rule: a pure function.
#pragma once

#include <holt/store.hpp>

#include "store/catalog/catalog.h"

namespace holt::store {

/// The public description of a snapshot.
SnapshotInfo to_info(const SnapshotRow& row);

}  // namespace holt::store
