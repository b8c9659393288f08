// What a restore has to write, cut into jobs: large enough to be worth a task, small enough that a
// folder of 100,000 files, or a file of many chunks, keeps every thread busy.
// Thread rule: values and pure functions.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/content/chunk_reader.h"
#include "store/restore/restore_folders.h"

namespace holt::store {

/// A file that several jobs write into: made by the first, finished by the last.
struct SharedFile {
    std::once_flag made;
    UniqueFd fd;
    std::atomic<std::size_t> pending{0};  ///< jobs that have not written their part yet
};

/// Whether a file's name in the pool is free, or taken by one that must make room.
enum class PoolName : std::uint8_t { free, taken };

/// A file, or a part of one, to be written by a job.
struct FileTask {
    std::shared_ptr<const TreeEntry> entry;
    std::string path;
    std::uint64_t offset = 0;              ///< of its first chunk in the file
    std::size_t chunk_count = 0;           ///< of the job's chunks
    std::shared_ptr<SharedFile> shared{};  ///< when other jobs write other parts
    bool is_link_head = false;             ///< further names will be linked to it
    std::optional<Digest> pool_id{};       ///< when it goes into the pool once it is written
    PoolName pool_name = PoolName::free;
    /// Of a file that is moved and whose content's digest is a hint: what it must lead back to.
    std::optional<Digest> original{};
};

struct RestoreJob {
    OutFolder* folder = nullptr;  ///< waits for this job
    std::shared_ptr<const UniqueFd> fd;
    std::vector<FileTask> files;
    std::vector<LocatedChunk> chunks;  ///< of all files, in order
    Reuse reuse = Reuse::likely;       ///< of their blocks, by other jobs
};

/// The chunks of all files, in order.
std::vector<ChunkRef> chunks_of(std::span<const FileTask> files);

/// Jobs for files of one folder. `located` has the chunks of all of them, in order.
std::vector<std::unique_ptr<RestoreJob>> make_jobs(OutFolder* folder,
                                                   const std::shared_ptr<const UniqueFd>& fd,
                                                   std::vector<FileTask> files,
                                                   std::span<const LocatedChunk> located);
/// Jobs for files that are some out of many, from any folders, so that nobody wants what else is in
/// their blocks: all files of a block are one job's, unless they are very many.
std::vector<std::unique_ptr<RestoreJob>> make_jobs_by_block(
    const std::shared_ptr<const UniqueFd>& fd, std::vector<FileTask> files,
    std::span<const LocatedChunk> located);
/// As make_jobs, without chunks: for files that are looked for in the pool first.
std::vector<std::unique_ptr<RestoreJob>> make_jobs(OutFolder* folder,
                                                   const std::shared_ptr<const UniqueFd>& fd,
                                                   std::vector<FileTask> files);

}  // namespace holt::store
