#include "store/content/chunk_intake.h"

#include "codec/blake3/blake3.h"

namespace holt::store {

Status ChunkIntake::take(std::span<const Candidate> chunks, std::vector<RawBlock>& full) {
    if (chunks.empty()) return {};
    digests_.clear();
    for (const Candidate& chunk : chunks) digests_.push_back(chunk.digest);
    places_.assign(chunks.size(), std::nullopt);
    HOLT_TRY(catalog_.find_chunks(digests_, places_));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        if (places_[i]) {
            older_packs_.insert(places_[i]->pack);
        } else if (wanted_ && !wanted_(chunks[i].digest)) {
            continue;
        } else if (new_chunks_.insert(chunks[i].digest).second) {
            builder_.add(chunks[i].digest, chunks[i].kind, chunks[i].bytes, full);
            ++count_;
            bytes_ += chunks[i].bytes.size();
        }
    }
    return {};
}

Digest ChunkIntake::take_record(ByteView encoded, std::vector<RawBlock>& full) {
    const Digest id = blake3::hash(encoded);
    builder_.add(id, ChunkKind::snapshot, encoded, full);
    builder_.flush(full);
    return id;
}

}  // namespace holt::store
