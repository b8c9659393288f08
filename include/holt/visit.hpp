// Visitors: what an operation tells its caller item by item, and how the caller ends that.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace holt {

/// Whether a visitor wants more. `stop` ends the operation early, which is no error: it returns
/// what it has until then.
enum class Visit : std::uint8_t { more, stop };

/// A function of `const T&` that returns Visit, or nothing for one that always wants more. Called
/// from one thread at a time, not always the same one.
template <class T>
class Visitor {
  public:
    template <std::invocable<const T&> Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, Visitor>)
        Visitor(Function&& function) {  // NOLINT: a lambda is what a caller writes
        if constexpr (std::is_void_v<std::invoke_result_t<Function&, const T&>>) {
            visit_ = [told = std::forward<Function>(function)](const T& item) mutable {
                told(item);
                return Visit::more;
            };
        } else {
            visit_ = std::forward<Function>(function);
        }
    }
    Visit operator()(const T& item) const { return visit_(item); }

  private:
    std::function<Visit(const T&)> visit_;
};

}  // namespace holt
