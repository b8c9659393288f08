#include "archive/holt/content_check.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "base/cancel.h"
#include "codec/blake3/blake3.h"
#include "store/format/entry_codec.h"
#include "store/operation/reporter.h"

namespace holt::store {
namespace {

// 40 MB of chunk references.
constexpr std::size_t kMostWaiting = 1'000'000;

const Digest& zero_chunk_digest() {
    static const Digest digest = [] {
        blake3::Hasher hasher;
        hasher.update_zeros(kMaxChunk);
        return hasher.digest();
    }();
    return digest;
}

bool is_zeros(const ChunkRef& chunk) {
    return chunk.length == kMaxChunk && chunk.digest == zero_chunk_digest();
}

bool all_zero(ByteView bytes) noexcept {
    return bytes.empty() ||
           (bytes[0] == 0 && equal(bytes.first(bytes.size() - 1), bytes.subspan(1)));
}

// What names have no part in: two files that share it are read once.
Digest key_of(const TreeEntry& file) {
    TreeEntry plain;
    plain.size = file.size;
    plain.content = file.content;
    plain.chunks = file.chunks;
    plain.relocation = file.relocation;
    plain.holes = file.holes;
    Bytes bytes;
    encode_entry(plain, bytes);
    return blake3::hash(bytes);
}

// True when `bytes`, which begin at `at`, are zeros wherever there is a hole.
bool holes_are_zeros(const std::vector<fs::Range>& holes, std::uint64_t at, ByteView bytes) {
    const std::uint64_t end = at + bytes.size();
    auto hole = std::ranges::upper_bound(
        holes, at, {}, [](const fs::Range& range) { return range.offset + range.length; });
    for (; hole != holes.end() && hole->offset < end; ++hole) {
        const std::uint64_t from = std::max(hole->offset, at);
        const std::uint64_t to = std::min(hole->offset + hole->length, end);
        if (!all_zero(bytes.subspan(static_cast<std::size_t>(from - at),
                                    static_cast<std::size_t>(to - from))))
            return false;
    }
    return true;
}

}  // namespace

Status ContentCheck::add(const TreeEntry& file, std::string path) {
    if (file.chunks.size() < 2 && file.holes.empty() && file.relocation.empty()) return {};
    if (!added_.insert(key_of(file)).second) return {};
    bytes_ += file.size;
    if (file.size > options_.max_bytes || bytes_ > options_.max_bytes)
        return fail(ErrorKind::no_space, "import", shown_,
                    "its content is over " + std::to_string(options_.max_bytes) + " bytes",
                    Advice::allow_content);
    waiting_ += file.chunks.size() + file.holes.size();
    HOLT_TRY_LET(form, ContentForm::of(file));
    jobs_.push_back(
        {std::move(path), file.size, file.content, file.chunks, file.holes, std::move(form)});
    return waiting_ > kMostWaiting ? run() : Status{};
}

Status ContentCheck::check(const Job& job) {
    const std::string operation = "import '" + printable(shown_) + "'";
    blake3::Hasher whole;
    std::uint64_t at = 0;
    ContentForm form = job.form;
    const auto take = [&](ByteView stored) -> Status {
        if (options_.cancel != nullptr && options_.cancel->requested()) return cancelled("import");
        HOLT_TRY_LET(bytes, form.apply(at, stored));
        if (!holes_are_zeros(job.holes, at, stored))
            return fail(ErrorKind::unsafe_input, operation, job.path,
                        "a hole where its content is not zero", "nothing was imported");
        whole.update(bytes);
        at += stored.size();
        return {};
    };
    for (auto chunk = job.chunks.begin(); chunk != job.chunks.end();) {
        const bool zeros = form.is_stored() && is_zeros(*chunk);
        const auto end = std::find_if(chunk, job.chunks.end(), [&](const ChunkRef& other) {
            return (form.is_stored() && is_zeros(other)) != zeros;
        });
        if (zeros) {
            const auto length = static_cast<std::uint64_t>(std::distance(chunk, end)) * kMaxChunk;
            whole.update_zeros(length);
            at += length;
        } else {
            HOLT_TRY(brought_.visit({chunk, end}, take));
        }
        chunk = end;
    }
    const bool is_its_chunk = job.chunks.size() < 2 && form.is_stored();
    if (is_its_chunk || whole.digest() == job.content) return {};
    return fail(ErrorKind::corrupt, operation, job.path,
                "its content has another digest than its tree says",
                "get a whole copy of the archive");
}

Status ContentCheck::run() {
    FirstError first;
    tbb::parallel_for(std::size_t{0}, jobs_.size(), [&](std::size_t i) {
        if (!first.stopped()) first.keep(check(jobs_[i]));
    });
    jobs_.clear();
    waiting_ = 0;
    return first.take();
}

}  // namespace holt::store
