#include "archive/io/libarchive.h"

#include <dlfcn.h>

#include <string>
#include <type_traits>

namespace holt::store {
namespace {

struct Loaded {
    LibArchive functions{};
    std::string cause{};  // empty: all is well
};

Loaded load() {
    Loaded loaded;
    void* const library = ::dlopen(HOLT_LIBARCHIVE_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* const why = ::dlerror();
        loaded.cause = why != nullptr ? why : HOLT_LIBARCHIVE_SONAME " cannot be loaded";
        return loaded;
    }
    const auto find = [&](auto& function, const char* name) {
        void* const found = ::dlsym(library, name);
        if (found == nullptr) loaded.cause = std::string("it has no function ") + name;
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
    };
#define HOLT_LIBARCHIVE_FIND(name) find(loaded.functions.name, #name);
    HOLT_LIBARCHIVE_FUNCTIONS(HOLT_LIBARCHIVE_FIND)
#undef HOLT_LIBARCHIVE_FIND
    return loaded;
}

}  // namespace

Result<const LibArchive*> libarchive() {
    static const Loaded loaded = load();
    if (loaded.cause.empty()) return &loaded.functions;
    return fail(ErrorKind::failed, "load", HOLT_LIBARCHIVE_SONAME, loaded.cause,
                "zips need libarchive: install it (libarchive13 in Debian), or use a .tar.zst");
}

}  // namespace holt::store
