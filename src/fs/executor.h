// What runs tasks for this layer, which makes no threads of its own.
#pragma once

#include <functional>

namespace holt::fs {

/// Runs a task some time, on any thread. A task never waits for one that has not begun; tasks that
/// were never run cost only speed. It must stay callable until whoever was given it is gone.
using Executor = std::function<void(std::function<void()>)>;

}  // namespace holt::fs
