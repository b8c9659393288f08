// Reads a sealed pack. Opening checks header, trailer and footer against the id, so everything the
// footer says can be trusted; reading a block checks its stored bytes before they are decoded. The
// chunks inside are for the caller to hash (ChunkReader does).
// Thread rule: const methods from any thread.
#pragma once

#include <limits>
#include <string>

#include "base/unique_fd.h"
#include "store/disk/store_folder.h"
#include "store/format/pack_format.h"

namespace holt::zstd {
class Decompressor;
}

namespace holt::store {

class PackReader {
  public:
    /// not-there is `corrupt` too: whoever asks for a pack was promised it by the catalog.
    static Result<PackReader> open(const StoreFolder& folder, const Digest& id);

    /// The same with a file that is not in its place yet; `object` is for messages.
    static Result<PackReader> open_file(UniqueFd fd, const Digest& id, std::string object);

    const Digest& id() const noexcept { return id_; }
    const PackFooter& footer() const noexcept { return footer_; }
    std::uint64_t file_size() const noexcept { return file_size_; }

    static constexpr std::uint32_t kWholeBlock = std::numeric_limits<std::uint32_t>::max();

    /// Checks and decodes block `index` into `raw`, which is resized to its raw size. `stored` is
    /// scratch space; both keep their capacity, so that a reused pair allocates nothing.
    Status read_block(std::uint32_t index, Bytes& raw, Bytes& stored,
                      zstd::Decompressor& decoder) const;

    /// The same, but decodes no more of it than holds its first `front` bytes: what lies behind is
    /// undefined. Its stored bytes are read and checked to the last all the same, so that damage
    /// is found wherever it is.
    Status read_block_front(std::uint32_t index, Bytes& raw, Bytes& stored,
                            zstd::Decompressor& decoder, std::uint32_t front) const;

    /// Tells the kernel that block `index` will be read soon.
    void read_ahead(std::uint32_t index) const noexcept;

    /// The bytes of block `index` as they lie in the pack, checked against the footer.
    Status read_stored(std::uint32_t index, Bytes& stored) const;

    /// How errors name this pack: "packs/ab/<id>.pack".
    const std::string& object() const noexcept { return object_; }

    PackReader(PackReader&&) noexcept = default;
    PackReader& operator=(PackReader&&) noexcept = default;

  private:
    PackReader() = default;
    Status get_stored(std::uint32_t index, Bytes& stored) const;
    Status decode_stored(std::uint32_t index, ByteView stored, std::uint32_t front, Bytes& raw,
                         zstd::Decompressor& decoder) const;
    bool is_raw(std::uint32_t index) const noexcept {
        return index < footer_.blocks.size() && footer_.blocks[index].codec == BlockCodec::raw;
    }

    UniqueFd fd_;
    Digest id_{};
    PackFooter footer_{};
    std::uint64_t file_size_ = 0;
    std::string object_{};
};

}  // namespace holt::store
