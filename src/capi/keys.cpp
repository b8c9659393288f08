// Keys, for holt/cache.h: hashed, told, remembered.
#include <holt/cache.hpp>

#include "base/error.h"
#include "capi/cache_views.h"
#include "capi/call.h"
#include "capi/handles.h"
#include "capi/status.h"
#include "capi/structs.h"

namespace holt::capi {
namespace {

std::vector<std::pair<std::string, std::string>> to_tools(const holt_tool* tools,
                                                          std::size_t count) {
    std::vector<std::pair<std::string, std::string>> made;
    for (std::size_t i = 0; i < count; ++i) {
        const holt_bytes& output = tools[i].output;
        std::string printed;
        if (output.size > 0) printed.assign(static_cast<const char*>(output.data), output.size);
        made.emplace_back(text(tools[i].command), std::move(printed));
    }
    return made;
}

Result<KeyOptions> to_key_options(const holt_key_options* given) {
    HOLT_TRY_LET(options, read_struct(given));
    return KeyOptions{.prefix = text(options.prefix),
                      .files = texts(options.files, options.file_count),
                      .globs = texts(options.globs, options.glob_count),
                      .env = texts(options.env, options.env_count),
                      .texts = texts(options.texts, options.text_count),
                      .tools = to_tools(options.tools, options.tool_count),
                      .platform = options.platform != 0,
                      .root = text(options.root)};
}

}  // namespace
}  // namespace holt::capi

using holt::Status;
using holt::capi::Call;
using holt::capi::operate;
using holt::capi::run;

extern "C" {

holt_kind holt_key_hash(const holt_key_options* options, const holt_call* call, holt_key** key,
                        holt_status** status) {
    *key = nullptr;
    return operate(status, call, holt::capi::to_key_options, options,
                   [&](auto& how, Call&) -> Status {
                       HOLT_TRY_LET(hashed, holt::hash_key(how));
                       *key = new holt_key{std::move(hashed)};
                       return {};
                   });
}

holt_kind holt_key_of_text(const char* text, holt_key** key, holt_status** status) {
    *key = nullptr;
    return run(status, [&]() -> Status {
        *key = new holt_key{{.key = holt::capi::text(text)}};
        return {};
    });
}

void holt_key_free(holt_key* key) {
    delete key;
}

const char* holt_key_text(const holt_key* key) {
    return key->key.key.c_str();
}

holt_kind holt_key_inputs(const holt_key* key, holt_key_input_visitor visit, void* user,
                          holt_status** status) {
    return run(status, [&]() -> Status {
        holt::capi::tell_all(key->key.inputs, visit, user);
        return {};
    });
}

holt_kind holt_store_remember_key(holt_store* store, const holt_key* key, holt_status** status) {
    return run(status, [&]() -> Status { return store->store.remember_key(key->key); });
}

holt_kind holt_store_key_inputs(holt_store* store, const char* key_or_snap,
                                const char* const* scopes, size_t scope_count,
                                holt_key_input_visitor visit, void* user, holt_status** status) {
    return run(status, [&]() -> Status {
        std::vector<std::string> in = holt::capi::texts(scopes, scope_count);
        if (in.empty()) in.emplace_back(holt::kMainScope);
        HOLT_TRY_LET(inputs, store->store.key_inputs(key_or_snap, in));
        holt::capi::tell_all(inputs, visit, user);
        return {};
    });
}

}  // extern "C"
