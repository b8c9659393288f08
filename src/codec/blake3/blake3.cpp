#include "codec/blake3/blake3.h"

#include "codec/blake3/batch.h"
#include "codec/blake3/kernel.h"

namespace holt::blake3 {
namespace {

// Up to here an input shares lanes with others in hash_many; beyond, its own chunks fill them.
constexpr std::size_t kShares = 64 * kChunk;

Digest hash_alone(RunJobs run, ByteView input) noexcept {
    Digest digest;
    if (input.size() <= kChunk) {
        const Job job = chunk_job(input.data(), input.size(), 0, kRoot, digest.bytes.data());
        run(&job, 1);
    } else if (input.size() <= Batch::kMaxBytes) {
        Batch batch(run);
        batch.add(input, digest);
        batch.flush();
    } else {
        Hasher hasher;
        hasher.update(input);
        digest = hasher.digest();
    }
    return digest;
}

}  // namespace

Digest hash(ByteView input) noexcept {
    return hash_alone(kernel(), input);
}

void hash_many(std::span<const ByteView> inputs, std::span<Digest> digests) noexcept {
    const RunJobs run = kernel();
    Batch batch(run);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].size() <= kShares) {
            batch.add(inputs[i], digests[i]);
        } else {
            digests[i] = hash_alone(run, inputs[i]);
        }
    }
    batch.flush();
}

}  // namespace holt::blake3
