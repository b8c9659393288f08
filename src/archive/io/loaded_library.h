// A library that is loaded when it is first wanted, and is no part of the program's own list: every
// run, the shortest too, would pay for it (bench/results/build.md). A machine without it
// does all but what it is for. What was loaded stays. Thread rule: a value; one thread at a time.
#pragma once

#include <dlfcn.h>

#include <string>
#include <type_traits>

#include "base/error.h"

namespace holt::store {

class LoadedLibrary {
  public:
    /// `soname` as the loader knows it.
    explicit LoadedLibrary(const char* soname)
        : soname_(soname), library_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
        if (library_ != nullptr) return;
        const char* const why = ::dlerror();
        problem_ = why != nullptr ? why : "it cannot be loaded";
    }

    /// Makes `function` what the library has under that name.
    template <typename Function>
    void find(Function*& function, const char* name) {
        if (library_ == nullptr) return;
        function = reinterpret_cast<Function*>(::dlsym(library_, name));
        if (function == nullptr) problem_ = std::string("it has no function ") + name;
    }

    /// `failed`, with what to install, unless all was found.
    Status check(const char* what_for, const char* package) const {
        if (problem_.empty()) return {};
        return fail(
            ErrorKind::failed, "load", soname_, problem_,
            std::string(what_for) + " needs it: install " + package + " (its name in Debian)");
    }

  private:
    const char* const soname_;
    void* const library_;
    std::string problem_{};
};

}  // namespace holt::store
