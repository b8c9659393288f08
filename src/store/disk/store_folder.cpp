#include "store/disk/store_folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "fs/file.h"
#include "fs/folder.h"
#include "fs/mount/network.h"
#include "fs/paths.h"
#include "fs/random_name.h"
#include "store/disk/reserve.h"
#include "store/disk/shared_folder.h"
#include "store/format/marks_file.h"
#include "store/format/pack_format.h"

namespace holt::store {
namespace {

constexpr std::string_view kTagName = "CACHEDIR.TAG";
// The signature is the one of https://bford.info/cachedir/; the version follows on its own line.
constexpr std::string_view kTagSignature = "Signature: 8a477f597d28d172789f06886806bc55\n";
constexpr std::string_view kTagVersion = "# holt-store: ";
constexpr std::string_view kTagText =
    "# This folder is a Holt store. Backup programs may skip it; remove it only with all its "
    "snapshots.\n";
constexpr std::size_t kMaxTag = 4096;

constexpr std::string_view kPacks = "packs";
constexpr std::string_view kEpochs = "epochs";
constexpr std::string_view kParts[] = {kPacks, "pins", kEpochs, "quarantine", "tmp"};
// What an init that was killed may have left, the catalog's files included.
constexpr std::string_view kUnfinished[] = {
    "packs",   "pins", kEpochs, "quarantine", "tmp", "reserve", "catalog.db", "catalog.db-journal",
    kMarksName};
constexpr std::string_view kPackSuffix = ".pack";

bool is_temporary(std::string_view name) noexcept {
    return name.find(".tmp-") != name.npos;
}

std::unexpected<Error> no_store(const std::string& path, std::string cause, AdviceText advice) {
    return fail(ErrorKind::no_store, "open store", path, std::move(cause), std::move(advice));
}

std::unexpected<Error> no_packs(const std::string& shown, const char* cause) {
    return fail(ErrorKind::corrupt, "open packs", shown, cause,
                "put it back: it has the content of all snapshots");
}

// True when `name` is missing in `folder`, or a folder without anything in it.
Result<bool> part_is_empty(int folder, std::string_view name, const std::string& shown) {
    HOLT_TRY_LET(there, fs::exists(folder, std::string(name), shown));
    if (!there) return true;
    HOLT_TRY_LET(part, fs::open_subfolder(folder, std::string(name), shown));
    return fs::is_empty_folder(part.get(), shown);
}

// An init may go on in an empty folder, or in one where an earlier init was killed: it has no tag
// and no packs, so there is nothing to lose in it. Its half-made catalog is removed.
Status check_fresh(int folder, const std::string& path) {
    HOLT_TRY_LET(names, fs::list_names(folder, path));
    const auto has = [&](std::string_view name) { return std::ranges::count(names, name) > 0; };
    if (has(kTagName))
        return fail(ErrorKind::failed, "make store", path, "there is a store already",
                    "use it, or choose another folder");
    for (const std::string& name : names) {
        if (std::ranges::count(kUnfinished, name) > 0 || is_temporary(name)) continue;
        return fail(ErrorKind::failed, "make store", path,
                    "the folder is not empty: it has '" + printable(name) + "'",
                    "choose an empty or a new folder");
    }
    for (const std::string_view part : {kPacks, std::string_view("quarantine")}) {
        HOLT_TRY_LET(empty, part_is_empty(folder, part, path + "/" + std::string(part)));
        if (!empty)
            return fail(ErrorKind::failed, "make store", path,
                        "it has packs but no " + std::string(kTagName),
                        "restore that file, or choose another folder");
    }
    for (const std::string& name : names)
        if (name.starts_with("catalog.db") || is_temporary(name))
            HOLT_TRY(fs::unlink_file(folder, name, path + "/" + name));
    return {};
}

Status refuse_network(int folder, const std::string& path) {
    HOLT_TRY_LET(network, fs::network_file_system(folder, path));
    if (!network) return {};
    return fail(ErrorKind::failed, "write to store", path,
                "it lies on " + std::string(*network) +
                    ", where locks may not hold between those who use it",
                Advice::trust_locks);
}

Status make_first_epoch(int folder, const std::string& path) {
    const std::string name = std::string(kEpochs) + "/" + StoreFolder::kCurrentEpoch;
    HOLT_TRY(fs::open_or_create(folder, name, 0666, path + "/" + name));
    return {};
}

// The version in a tag, or nothing when it is not a store's.
std::optional<std::uint32_t> tag_version(std::string_view tag) {
    if (!tag.starts_with(kTagSignature)) return std::nullopt;
    tag.remove_prefix(kTagSignature.size());
    if (!tag.starts_with(kTagVersion)) return std::nullopt;
    tag.remove_prefix(kTagVersion.size());
    std::uint32_t version = 0;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (error != std::errc{} || end == tag.data() + tag.size() || *end != '\n') return std::nullopt;
    return version;
}

std::optional<Digest> pack_id(std::string_view name) {
    if (!name.ends_with(kPackSuffix)) return std::nullopt;
    name.remove_suffix(kPackSuffix.size());
    const std::optional<Digest> id = Digest::from_hex(name);
    return id && id->hex() == name ? id : std::nullopt;  // lower case only
}

}  // namespace

Result<StoreFolder> StoreFolder::init(const std::string& path, const StoreInit& options) {
    HOLT_TRY_LET(fd, fs::make_folders(path, 0777, fs::Durability::synced));
    HOLT_TRY_LET(real, fs::real_path(path));
    HOLT_TRY(check_fresh(fd.get(), real));
    if (!options.trusts_locks) HOLT_TRY(refuse_network(fd.get(), real));
    if (options.group) HOLT_TRY(share_folder(fd.get(), *options.group, real));
    for (const std::string_view part : kParts) {
        const std::string shown = real + "/" + std::string(part);
        HOLT_TRY_LET(made, fs::make_or_open_folder(fd.get(), std::string(part), 0777, shown));
        HOLT_TRY(fs::sync_fd(made.get(), shown));
    }
    HOLT_TRY(make_first_epoch(fd.get(), real));
    HOLT_TRY(fill_reserve(fd.get(), real));
    HOLT_TRY(write_marks(fd.get(), {}, real));
    HOLT_TRY(fs::sync_fd(fd.get(), real));
    StoreFolder folder(std::move(fd), std::move(real));
    folder.trusts_locks_ = options.trusts_locks;
    return folder;
}

Result<std::optional<std::uint32_t>> StoreFolder::shared_group() const {
    return group_of_shared(fd(), path());
}

Status StoreFolder::check_locks_hold() const {
    return trusts_locks_ ? Status() : refuse_network(fd(), path());
}

Status StoreFolder::publish() const {
    std::string tag(kTagSignature);
    tag += kTagVersion;
    tag += std::to_string(kStoreVersion) + "\n";
    tag += kTagText;
    return fs::write_file_atomically(fd(), std::string(kTagName), as_bytes(tag), shown(kTagName),
                                     {.durability = fs::Durability::synced, .mode = 0666});
}

Result<StoreFolder> StoreFolder::open(const std::string& path) {
    constexpr Advice kInitAdvice = Advice::make_store;
    Result<UniqueFd> fd = fs::open_folder(path);
    if (!fd) {
        // Anything else is a fault of the machine.
        if (is_no_folder(fd.error())) return no_store(path, fd.error().cause, kInitAdvice);
        return std::unexpected(std::move(fd).error());
    }
    HOLT_TRY_LET(real, fs::real_path(path));
    const std::string shown = real + "/" + std::string(kTagName);
    const Result<Bytes> tag = fs::read_file(fd->get(), std::string(kTagName), kMaxTag, shown);
    if (!tag) {
        const Error& error = tag.error();
        if (error.sys_errno == ENOENT)
            return no_store(real, "there is no " + std::string(kTagName) + " in it", kInitAdvice);
        if (error.sys_errno != 0) return std::unexpected(error);
        return no_store(real, "its " + std::string(kTagName) + " is not a store's", kInitAdvice);
    }
    const std::optional<std::uint32_t> version = tag_version(as_text(*tag));
    if (!version || *version == 0)
        return no_store(real, "its " + std::string(kTagName) + " is not a store's", kInitAdvice);
    if (*version > kStoreVersion)
        return no_store(real,
                        "it was made by a newer holt (format " + std::to_string(*version) +
                            ", this build reads " + std::to_string(kStoreVersion) + ")",
                        "use that version");
    if (*version < kStoreVersion)
        return no_store(real,
                        "it was made before the first release of holt (format " +
                            std::to_string(*version) + ", this build reads " +
                            std::to_string(kStoreVersion) + ")",
                        Advice::make_store_again);
    return StoreFolder(*std::move(fd), std::move(real));
}

bool StoreFolder::is_store(int folder) {
    const auto tag = fs::read_file(folder, std::string(kTagName), kMaxTag, kTagName);
    return tag && tag_version(as_text(*tag));
}

Result<std::vector<Digest>> StoreFolder::list_packs() const {
    const std::string packs_shown = shown(kPacks);
    HOLT_TRY_LET(packs, open_part(std::string(kPacks)));
    HOLT_TRY_LET(folders, fs::list_names(packs.get(), packs_shown));
    std::vector<Digest> ids;
    for (const std::string& name : folders) {
        if (name.size() != 2) continue;
        const std::string folder_shown = packs_shown + "/" + name;
        const Result<UniqueFd> folder = fs::open_subfolder(packs.get(), name, folder_shown);
        if (!folder) {
            if (folder.error().sys_errno == ENOTDIR || folder.error().sys_errno == ENOENT) continue;
            return std::unexpected(folder.error());
        }
        HOLT_TRY_LET(files, fs::list_names(folder->get(), folder_shown));
        for (const std::string& file : files)
            if (const auto id = pack_id(file); id && id->hex().starts_with(name))
                ids.push_back(*id);
    }
    std::ranges::sort(ids);
    return ids;
}

Result<std::optional<std::uint64_t>> StoreFolder::pack_size(const Digest& id) const {
    const std::string object = pack_object(id);
    const auto stat = fs::stat_at(fd(), object, shown(object));
    if (stat) return stat->size;
    if (stat.error().sys_errno == ENOENT) return std::nullopt;
    return std::unexpected(stat.error());
}

Status StoreFolder::quarantine_pack(const Digest& id) const {
    const std::string object = pack_object(id);
    HOLT_TRY_LET(quarantine, open_part("quarantine"));
    Result<UniqueFd> from = fs::open_beneath(fd(), "packs/" + pack_folder_name(id), object);
    if (!from && from.error().sys_errno == ENOENT) return {};
    if (!from) return std::unexpected(std::move(from).error());
    const std::string name = pack_base_name(id);
    HOLT_TRY_LET(there, fs::exists(from->get(), name, object));
    if (!there) return {};
    HOLT_TRY(fs::rename_replace(from->get(), name, quarantine.get(), name, object));
    HOLT_TRY(fs::sync_fd(quarantine.get(), shown("quarantine")));
    return fs::sync_fd(from->get(), object);
}

Status StoreFolder::put_aside_what_is_no_catalog() const {
    for (const std::string& name :
         {std::string(kCatalogName), kCatalogName + std::string("-journal")}) {
        const Result<fs::FileStat> stat = fs::stat_at(fd(), name, shown(name));
        if (!stat && stat.error().sys_errno == ENOENT) continue;
        if (!stat) return std::unexpected(stat.error());
        if (stat->kind == fs::Kind::file) continue;
        HOLT_TRY_LET(quarantine, open_part("quarantine"));
        const std::string aside = name + "-" + fs::random_hex(8);
        HOLT_TRY(fs::rename_no_replace(fd(), name, quarantine.get(), aside, shown(name)));
        HOLT_TRY(fs::sync_fd(quarantine.get(), shown("quarantine")));
        HOLT_TRY(fs::sync_fd(fd(), path()));
    }
    return {};
}

Result<UniqueFd> StoreFolder::open_part(const std::string& name) const {
    Result<UniqueFd> part = fs::open_subfolder(fd(), name, shown(name));
    if (part) return part;
    const int err = part.error().sys_errno;
    if (name == kPacks && (err == ENOENT || err == ENOTDIR))
        return no_packs(shown(name), err == ENOENT ? "it is missing" : "it is not a folder");
    if (err != ENOENT) return part;
    return fs::make_or_open_folder(fd(), name, 0777, shown(name));
}

}  // namespace holt::store
