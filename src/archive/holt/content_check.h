// The digests of whole files that a .holt file states, computed from their chunks; and that the
// content is zeros wherever a file is said to have a hole: a restore leaves holes unwritten.
//
// A file of one chunk has that chunk's digest, which was computed when its pack came: it is read
// here only when it has holes or is stored in another form. All others are read once more, in
// parallel, each distinct content once. Thread rule: one thread at a time; run() uses oneTBB's
// threads.
#pragma once

#include <holt/archive.hpp>

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "archive/holt/brought.h"
#include "store/content/content_form.h"
#include "store/format/tree.h"

namespace holt::store {

class ContentCheck {
  public:
    /// `shown`: the file, for messages.
    ContentCheck(Brought& brought, const ImportOptions& options, std::string shown)
        : brought_(brought), options_(options), shown_(std::move(shown)) {}

    /// Of a file, whose chunks are there. Reads what was added so far when that is much.
    Status add(const TreeEntry& file, std::string path);
    /// Reads what is left.
    Status run();

  private:
    struct Job {
        std::string path;
        std::uint64_t size = 0;
        Digest content{};
        std::vector<ChunkRef> chunks{};
        std::vector<fs::Range> holes{};
        ContentForm form{};
    };
    Status check(const Job& job);

    Brought& brought_;
    const ImportOptions& options_;
    const std::string shown_;
    std::unordered_set<Digest> added_;  // each by content, chunks and holes
    std::vector<Job> jobs_;
    std::size_t waiting_ = 0;  // chunks and holes of jobs_
    std::uint64_t bytes_ = 0;  // of all jobs so far
};

}  // namespace holt::store
