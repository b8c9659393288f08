#include "store/disk/settings_file.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "fs/file.h"
#include "fs/staging/atomic_file.h"

namespace holt::store {
namespace {

constexpr const char* kSettings = "settings";
constexpr const char* kVerified = "verified";
constexpr std::size_t kMaxSize = 64u << 10;
constexpr std::string_view kHead = "# Set by `holt gc --auto`.\n";

// Through tmp/, where the next writer sweeps what a killed process leaves.
Status replace_text(const StoreFolder& folder, const char* name, std::string_view text) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    HOLT_TRY_LET(file, fs::AtomicFile::create_locked(tmp.get(), name, folder.shown("tmp"), 0666));
    HOLT_TRY(file.write(as_bytes(text)));
    HOLT_TRY(file.sync());
    return file.commit(folder.fd(), name, folder.shown(name), fs::IfExists::replace,
                       fs::Durability::synced);
}

Result<std::optional<std::string>> read_text(const StoreFolder& folder, const char* name) {
    auto bytes = fs::read_file(folder.fd(), name, kMaxSize, folder.shown(name));
    if (!bytes && bytes.error().sys_errno == ENOENT) return std::nullopt;
    if (!bytes) return std::unexpected(std::move(bytes).error());
    return std::string(as_text(*bytes));
}

}  // namespace

Result<Settings> read_settings(const StoreFolder& folder) {
    Settings settings;
    HOLT_TRY_LET(text, read_text(folder, kSettings));
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t equals = line.find(" = ");
        if (equals == line.npos || equals == 0)
            return fail(ErrorKind::corrupt, "read settings", folder.shown(kSettings),
                        "'" + printable(line) + "' is no setting", Advice::set_collection_again);
        settings[std::string(line.substr(0, equals))] = line.substr(equals + 3);
    }
    return settings;
}

Status write_settings(const StoreFolder& folder, const Settings& settings) {
    std::string text(kHead);
    for (const auto& [key, value] : settings) text += key + " = " + value + "\n";
    return replace_text(folder, kSettings, text);
}

Result<std::optional<Digest>> read_verified(const StoreFolder& folder) {
    HOLT_TRY_LET(text, read_text(folder, kVerified));
    if (!text) return std::nullopt;
    return Digest::from_hex(std::string_view(*text).substr(0, text->find('\n')));
}

Status write_verified(const StoreFolder& folder, const Digest& pack) {
    return replace_text(folder, kVerified, pack.hex() + "\n");
}

}  // namespace holt::store
