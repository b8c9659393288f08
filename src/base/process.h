// Which process this is: what was opened before a fork() must not be used, nor closed, after it.
//
// Asked before each step of an SQL statement, where a system call each would be half of all that a
// snapshot makes. So the answer stands in a page that the kernel gives to a child as zeros
// (MADV_WIPEONFORK, Linux 4.14), by whichever call it was made: there it is asked for anew. Where
// there is no such page, the kernel is asked each time. Thread rule: from any thread.
#pragma once

namespace holt {

int current_process() noexcept;

}  // namespace holt
