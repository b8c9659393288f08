#include "store/content/whole_files.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "codec/blake3/blake3.h"
#include "store/operation/reporter.h"

namespace holt::store {
namespace {

// 40 MB of chunk references.
constexpr std::size_t kMostWaiting = 1'000'000;

/// What is said of a content, so that two trees that say the same are one job.
Digest key_of(const TreeEntry& file) {
    blake3::Hasher hasher;
    hasher.update(file.content.bytes);
    for (const ChunkRef& chunk : file.chunks) hasher.update(chunk.digest.bytes);
    hasher.update(file.relocation);
    return hasher.digest();
}

}  // namespace

Status WholeFiles::add(const TreeEntry& file, const std::string& path, const std::string& owner) {
    const bool simple = file.chunks.size() < 2 && file.relocation.empty();
    if (simple || !added_.insert(key_of(file)).second) return {};
    waiting_ += file.chunks.size();
    HOLT_TRY_LET(form, ContentForm::of(file));
    jobs_.push_back({path, owner, file.content, file.chunks, std::move(form)});
    return waiting_ > kMostWaiting ? run() : Status{};
}

Result<bool> WholeFiles::is_right(const Job& job) {
    if (cancel_ != nullptr && cancel_->requested()) return cancelled("verify");
    blake3::Hasher whole;
    ContentForm form = job.form;
    std::uint64_t at = 0;
    const auto located = reader_.locate(job.chunks);
    const Status read = !located ? Status(std::unexpected(located.error()))
                                 : reader_.read(
                                       *located,
                                       [&](std::size_t, ByteView stored) -> Status {
                                           if (cancel_ != nullptr && cancel_->requested())
                                               return cancelled("verify");
                                           HOLT_TRY_LET(bytes, form.apply(at, stored));
                                           whole.update(bytes);
                                           at += stored.size();
                                           return {};
                                       },
                                       Reuse::unlikely);
    if (read) return whole.digest() == job.content;
    if (read.error().kind == ErrorKind::corrupt) return true;  // told by who checks the packs
    return std::unexpected(read.error());
}

Status WholeFiles::run() {
    FirstError first;
    std::vector<char> right(jobs_.size(), 1);
    tbb::parallel_for(std::size_t{0}, jobs_.size(), [&](std::size_t i) {
        if (first.stopped()) return;
        const auto is = is_right(jobs_[i]);
        if (!is)
            first.keep(Status(std::unexpected(is.error())));
        else
            right[i] = *is ? 1 : 0;
    });
    for (std::size_t i = 0; i < jobs_.size(); ++i)
        if (right[i] == 0) wrong_.push_back({jobs_[i].path, jobs_[i].owner});
    jobs_.clear();
    waiting_ = 0;
    return first.take();
}

}  // namespace holt::store
