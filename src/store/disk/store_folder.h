// The store's folder on disk: which files stand where, and whether this is a store at all.
//
//   CACHEDIR.TAG   the signature that backup programs know, and the line that makes this a store:
//                  "# holt-store: 2" (the format version). Written last, when all else is there
//   catalog.db     SQLite
//   snapshots.log  which snapshots were committed, outside of the catalog (snapshot_marks.h)
//   packs/ab/<id>.pack
//   pool/ab/<id>   files kept for hard links: a cache, made when it is first used (pool.h)
//   spaces/        which folders were restored, outside of the catalog (space_files.h)
//   pins/          one locked file for each process that is writing
//   epochs/        one file that readers lock, so that nothing is deleted under them (epoch.h)
//   cache.log      uses of the cache that are not added up yet (cache/use_log.h)
//   flights/       one locked file for each key that is being built (cache/flight.h)
//   quarantine/    damaged packs that repair put aside
//   tmp/           packs being written
//   reserve        64 KiB that can be given back when the disk is full
//   settings       what was set for this store (settings_file.h); made when something is set
//   verified       up to which pack `verify --subset` has come (settings_file.h)
// Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <holt/digest.hpp>
#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::store {

inline constexpr std::uint32_t kStoreVersion = 2;
inline constexpr std::uint64_t kReserveSize = 64u << 10;  ///< bytes of the reserve file

struct StoreInit {
    std::optional<std::uint32_t> group{};  ///< whose members share it (shared_folder.h)
    bool trusts_locks = false;             ///< as after StoreFolder::trust_locks()
};

class StoreFolder {
  public:
    /// Makes the layout in `path`, which must be absent, an empty folder, or what an init that was
    /// killed left behind. Durable. This is no store before publish(): make the catalog in between.
    static Result<StoreFolder> init(const std::string& path, const StoreInit& options = {});

    /// The last step of init: writes CACHEDIR.TAG, durable.
    Status publish() const;

    /// Opens an existing one: `no_store` (10) with advice when it is missing, is not a store or is
    /// of another version. Needs no write access.
    static Result<StoreFolder> open(const std::string& path);

    /// True when an open folder has the tag of a store of whatever version. Needs no right but to
    /// search it.
    static bool is_store(int folder);

    int fd() const noexcept { return fd_.get(); }  ///< of the folder itself
    /// The group that shares it, if it is shared.
    Result<std::optional<std::uint32_t>> shared_group() const;

    /// The caller of this handle knows that locks hold where the store lies, whatever file system
    /// that is.
    void trust_locks() noexcept { trusts_locks_ = true; }
    /// `failed` when nothing may be written here: locks may not hold on this file system, and
    /// nobody said that they do.
    Status check_locks_hold() const;
    /// Absolute, as it was when opened.
    const std::string& path() const noexcept { return path_; }
    static constexpr const char* kCatalogName = "catalog.db";
    static constexpr const char* kCurrentEpoch = "current";
    std::string catalog_path() const { return shown(kCatalogName); }
    /// "<path>/<name>", for messages.
    std::string shown(std::string_view name) const { return path_ + "/" + std::string(name); }

    /// Ids of all files packs/ab/<id>.pack, sorted. Other names there are ignored.
    Result<std::vector<Digest>> list_packs() const;

    /// Bytes of a pack's file; nothing when it is not there.
    Result<std::optional<std::uint64_t>> pack_size(const Digest& id) const;

    /// Moves a damaged pack to quarantine/, durably. One that is not there is no error.
    Status quarantine_pack(const Digest& id) const;

    /// Moves what has the catalog's name or its journal's, and is no file, to quarantine/, durably:
    /// nothing can be put in its place otherwise.
    Status put_aside_what_is_no_catalog() const;

    /// Opens "packs", "pins", "epochs", "quarantine" or "tmp"; a missing one is made where that is
    /// allowed. Not "packs": without it the catalog speaks of content that is not there, and it is
    /// `corrupt`.
    Result<UniqueFd> open_part(const std::string& name) const;

  private:
    StoreFolder(UniqueFd fd, std::string path) noexcept
        : fd_(std::move(fd)), path_(std::move(path)) {}

    UniqueFd fd_;
    std::string path_;
    bool trusts_locks_ = false;
};

}  // namespace holt::store
