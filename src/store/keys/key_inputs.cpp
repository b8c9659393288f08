#include "store/keys/key_inputs.h"

#include <cstdlib>
#include <utility>

#include "codec/blake3/blake3.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/machine/platform.h"
#include "fs/path/path_text.h"
#include "fs/paths.h"
#include "fs/walk/walk.h"
#include "store/keys/key_list.h"
#include "store/source/exclude.h"
#include "store/source/file_hash.h"

namespace holt::store {
namespace {

constexpr const char* kHash = "hash key";
// More files than this under one glob are one input: the list is kept with each snapshot, and
// nobody reads a thousand names.
constexpr std::size_t kMostNamed = 200;

Digest digest_of(std::string_view text) {
    return blake3::hash(as_bytes(text));
}

std::string below(const std::string& root, const std::string& path) {
    return path.starts_with('/') || root.empty() ? path : root + "/" + path;
}

// By what name a file counts: the path below the root, or else as it was given; of an absolute one
// that is elsewhere only the last part, as nothing else of it is the same on another machine.
Result<std::string> name_of(const std::string& root, const std::string& path) {
    const std::string given = fs::normal_path(path);
    if (!given.starts_with('/')) return given;
    HOLT_TRY_LET(real_root, fs::real_path(root.empty() ? "." : root));
    if (const auto relative = fs::path_below(given, real_root)) return *relative;
    const auto relative = fs::path_below(fs::resolve_path(given), real_root);
    return relative.value_or(fs::last_part(given));
}

Result<Digest> hash_input_file(const std::string& path) {
    HOLT_TRY_LET(fd, fs::open_path(path));
    HOLT_TRY_LET(stat, fs::stat_fd(fd.get(), path));
    if (stat.kind != fs::Kind::file)
        return fail(ErrorKind::usage, kHash, path, "it is not a file",
                    stat.kind == fs::Kind::folder ? "name a file in it, or give a glob" : "");
    fs::BufferPool buffers;
    HOLT_TRY_LET(hashed, hash_file(fd.get(), stat, path, buffers));
    return hashed.content;
}

Status add_files(const KeyOptions& options, std::vector<KeyInput>& inputs) {
    for (const std::string& file : options.files) {
        HOLT_TRY_LET(digest, hash_input_file(below(options.root, file)));
        HOLT_TRY_LET(name, name_of(options.root, file));
        inputs.push_back({.kind = KeyInputKind::file, .name = name, .digest = digest});
    }
    return {};
}

// Those that one glob finds, in the order of the walk, which is that of their names' bytes.
Result<std::vector<KeyInput>> files_of(const KeyOptions& options, const std::string& glob) {
    const std::string shown = options.root.empty() ? "." : options.root;
    HOLT_TRY_LET(pattern, Exclude::compile({glob}));
    HOLT_TRY_LET(root, fs::open_folder(shown));
    const auto keep = [&](const std::string& path, const fs::DirEntry& entry) {
        if (entry.stat.kind != fs::Kind::folder) return true;
        return entry.name != ".git" &&
               (pattern.matches(path, entry.stat.kind) || pattern.may_match_below(path));
    };
    fs::TreeWalk walk(std::move(root), shown, {.keep = keep});
    std::vector<KeyInput> found;
    while (const auto folder = walk.next()) {
        if (options.cancel != nullptr && options.cancel->requested())
            return fail(ErrorKind::cancelled, kHash, shown, "cancelled");
        if (folder->error) return std::unexpected(*folder->error);
        for (const fs::DirEntry& entry : folder->entries) {
            const std::string path = fs::join_path(folder->path, entry.name);
            const bool is_file = entry.stat.kind == fs::Kind::file;
            if (!is_file || !pattern.matches(path, entry.stat.kind)) continue;
            HOLT_TRY_LET(digest, hash_input_file(below(options.root, path)));
            found.push_back({.kind = KeyInputKind::file, .name = path, .digest = digest});
        }
    }
    if (found.empty())
        return fail(ErrorKind::usage, kHash, glob, "the glob finds no file in '" + shown + "'",
                    "check its spelling; '**/*.lock' finds files at any depth");
    return found;
}

Status add_globs(const KeyOptions& options, std::vector<KeyInput>& inputs) {
    for (const std::string& glob : options.globs) {
        HOLT_TRY_LET(found, files_of(options, glob));
        if (found.size() > kMostNamed) {
            sort_inputs(found);
            const Digest digest = digest_of_inputs(found);
            found = {{.kind = KeyInputKind::glob, .name = glob, .digest = digest}};
        }
        inputs.insert(inputs.end(), found.begin(), found.end());
    }
    return {};
}

// One that is not set is not one that is empty.
KeyInput env_input(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    const std::string stated = value == nullptr ? "unset" : std::string("=") + value;
    return {.kind = KeyInputKind::env, .name = name, .digest = digest_of(stated)};
}

KeyInput valued_input(KeyInputKind kind, std::string name, std::string_view value) {
    constexpr std::size_t kLongestShown = 200;
    const std::string_view line = value.substr(0, value.find('\n')).substr(0, kLongestShown);
    return {.kind = kind,
            .name = std::move(name),
            .digest = digest_of(value),
            .value = std::string(line)};
}

void add_platform(std::vector<KeyInput>& inputs) {
    const fs::Platform platform = fs::look_at_platform();
    inputs.push_back(valued_input(KeyInputKind::platform, "system", platform.system));
    inputs.push_back(valued_input(KeyInputKind::platform, "machine", platform.machine));
    inputs.push_back(valued_input(KeyInputKind::platform, "libc", platform.c_library));
}

}  // namespace

Result<std::vector<KeyInput>> read_key_inputs(const KeyOptions& options) {
    std::vector<KeyInput> inputs;
    HOLT_TRY(add_files(options, inputs));
    HOLT_TRY(add_globs(options, inputs));
    for (const std::string& name : options.env) inputs.push_back(env_input(name));
    for (const std::string& text : options.texts)
        inputs.push_back({.kind = KeyInputKind::text, .name = text, .digest = digest_of(text)});
    for (const auto& [command, printed] : options.tools)
        inputs.push_back(valued_input(KeyInputKind::tool, command, printed));
    if (options.platform) add_platform(inputs);
    sort_inputs(inputs);
    return inputs;
}

}  // namespace holt::store
