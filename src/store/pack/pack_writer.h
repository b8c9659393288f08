// Writes one pack under tmp/ and seals it into packs/ (SAFETY, commit order 2 and 3): footer,
// fsync, rename without replacing, fsync of the folders. Until seal() succeeds nothing is visible,
// and the destructor removes the temporary. After a write error the object refuses further use.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <span>

#include "fs/staging/atomic_file.h"
#include "store/disk/store_folder.h"
#include "store/format/pack_format.h"

namespace holt::store {

class PackWriter {
  public:
    /// `folder` must outlive the writer. `fields`: of the footer (pack_fields.h).
    static Result<PackWriter> create(const StoreFolder& folder, Bytes fields = {});
    PackWriter(PackWriter&&) noexcept;
    PackWriter& operator=(PackWriter&&) noexcept;
    ~PackWriter();

    /// Appends a block whose bytes are ready. `chunks` tile the raw block in order; their block and
    /// offset members are filled in here. Returns the ordinal in the footer of the first of them.
    Result<std::uint32_t> add_block(ByteView stored, BlockCodec codec, std::uint32_t raw_size,
                                    std::span<const ChunkInfo> chunks);

    std::uint64_t size() const noexcept;  ///< bytes so far, without the footer
    std::size_t chunk_count() const noexcept;
    /// Reached its target of bytes or chunks: seal it now. One more block always fits.
    bool full() const noexcept {
        return size() >= kPackTarget || chunk_count() >= kPackTargetChunks;
    }

    struct Sealed {
        Digest id;
        std::uint64_t bytes = 0;  ///< of the whole file
        PackFooter footer;
    };
    /// Durable when it returns. If a pack of this id exists already, that one is kept.
    Result<Sealed> seal();

  private:
    struct Impl;
    explicit PackWriter(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

/// The stored form of a raw footer. `object` is for messages.
Result<Bytes> compress_footer(const Bytes& raw, const std::string& object);

/// Puts a whole pack, written under tmp/ and found right, into packs/: durable when it returns.
Status publish_pack(const StoreFolder& folder, fs::AtomicFile& file, const Digest& id);

}  // namespace holt::store
