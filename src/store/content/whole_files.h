// Whether the digest that a tree states of a whole file is that of the file's chunks. Programs
// compare files by it, and nothing else recomputes it: packs prove their chunks only.
//
// A file of one chunk has that chunk's digest by the form of its entry. The others are read once
// more, in parallel, each distinct content once; a chunk that cannot be read is the pack check's to
// tell. Thread rule: one thread at a time; run() uses oneTBB's threads.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/cancel.h"
#include "store/content/chunk_reader.h"
#include "store/content/content_form.h"

namespace holt::store {

class WholeFiles {
  public:
    explicit WholeFiles(ChunkReader& reader, const Cancel* cancel)
        : reader_(reader), cancel_(cancel) {}

    /// A file whose digest is another one. `owner`: as it was given to add().
    struct Wrong {
        std::string path, owner;
    };

    /// `owner`: the snapshot that it was met in. Reads what was added so far when that is much.
    Status add(const TreeEntry& file, const std::string& path, const std::string& owner);
    /// Reads what is left.
    Status run();
    const std::vector<Wrong>& wrong() const noexcept { return wrong_; }

  private:
    struct Job {
        std::string path, owner;
        Digest content{};
        std::vector<ChunkRef> chunks{};
        ContentForm form{};
    };
    Result<bool> is_right(const Job& job);

    ChunkReader& reader_;
    const Cancel* cancel_;
    std::unordered_set<Digest> added_;  // of content and chunks
    std::vector<Job> jobs_;
    std::size_t waiting_ = 0;  // chunks of jobs_
    std::vector<Wrong> wrong_;
};

}  // namespace holt::store
