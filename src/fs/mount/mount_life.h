// How long what was seen in a file system holds: what of it survives a power cut.
//
// A file that was written a moment ago may be in memory only. As long as the machine runs and the
// file system stays mounted, that makes no difference: who reads it gets what was written. After a
// power cut (or a device that was pulled out) the same inode may have lost its content, and its
// change time may be the same. So what was seen of files that nobody has synced holds for the life
// of one mount in one boot of the machine. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace holt::fs {

/// Names the life of the mount that an open file or folder lies on: the boot of the machine and the
/// mount, as text. Empty when it cannot be told: then nothing that is not synced holds at all.
std::string mount_life(int fd);

/// False where a sync says nothing about the device: FUSE answers it without asking the server.
bool sync_is_lasting(int fd);

/// What became of a sync that is only wanted if it costs little.
enum class QuietSync : std::uint8_t { synced, not_done };

/// Syncs the whole file system of an open file, if the machine has almost nothing to write back: it
/// takes milliseconds then. Only where that is lasting, and never an error.
QuietSync sync_if_quiet(int fd);

}  // namespace holt::fs
