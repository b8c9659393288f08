// The store's folder on disk: which files stand where, and whether this is a store at all.
//
//   CACHEDIR.TAG   the signature that backup programs know, and the line that makes this a store:
//                  "# holt-store: 1" (the format version)
//   catalog.db     SQLite
//   packs/ab/<id>.pack
//   pins/          one locked file for each process that is writing
//   quarantine/    damaged packs that repair put aside
//   tmp/           packs being written
//   reserve        64 KiB that can be given back when the disk is full
// Thread rule: const methods from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace holt::store {

inline constexpr std::uint32_t kStoreVersion = 1;

class StoreFolder {
  public:
    /// Makes the layout in `path`, which must be absent or an empty folder. Durable. The catalog is
    /// not made here.
    static Result<StoreFolder> init(const std::string& path);

    /// Opens an existing one: `no_store` (10) with advice when it is missing, is not a store or is
    /// of a newer version. Needs no write access.
    static Result<StoreFolder> open(const std::string& path);

    int fd() const noexcept { return fd_.get(); }  ///< of the folder itself
    const std::string& path() const noexcept { return path_; }
    std::string catalog_path() const { return path_ + "/catalog.db"; }

    /// Ids of all files packs/ab/<id>.pack, sorted. Other names there are ignored.
    Result<std::vector<Digest>> list_packs() const;

  private:
    UniqueFd fd_;
    std::string path_;
};

}  // namespace holt::store
