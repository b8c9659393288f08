#include "store/pack/pack_sink.h"

#include <utility>

namespace holt::store {

Status PackSink::add(EncodedBlock block) {
    if (!open_) {
        HOLT_TRY_LET(writer, PackWriter::create(folder_, fields_));
        open_.emplace(std::move(writer));
    }
    HOLT_TRY(open_->add_block(block.stored, block.codec, block.raw_size, block.chunks));
    return open_->full() ? finish() : Status{};
}

Status PackSink::finish() {
    if (!open_) return {};
    HOLT_TRY_LET(sealed, open_->seal());
    open_.reset();
    stored_bytes_ += sealed.bytes;
    log_->debug("sealed {}: {} blocks, {} chunks, {} bytes", pack_object(sealed.id),
                sealed.footer.blocks.size(), sealed.footer.chunks.size(), sealed.bytes);
    packs_.push_back({sealed.id, sealed.bytes, std::move(sealed.footer)});
    return {};
}

}  // namespace holt::store
