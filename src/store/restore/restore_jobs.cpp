#include "store/restore/restore_jobs.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace holt::store {
namespace {

// Some tens of milliseconds at most.
constexpr std::size_t kJobFiles = 128;
constexpr std::uint64_t kJobBytes = 4u << 20;
// A file of more chunks than this is written by several jobs.
constexpr std::size_t kJobChunks = 8;

using JobPtr = std::unique_ptr<RestoreJob>;

bool in_one_block(const LocatedChunk& a, const LocatedChunk& b) noexcept {
    return a.pack == b.pack && a.block == b.block;
}

/// Gathers files into jobs of bounded size.
class JobList {
  public:
    enum class Cut : std::uint8_t { by_size, by_block };
    JobList(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd, Cut cut = Cut::by_size)
        : folder_(folder), fd_(fd), cut_(cut), job_(new_job()) {}

    void add(FileTask file, std::span<const LocatedChunk> chunks) {
        if (cut_ == Cut::by_block && !chunks.empty()) cut_before(chunks.front());
        bytes_ += file.entry->size;
        job_->chunks.insert(job_->chunks.end(), chunks.begin(), chunks.end());
        job_->files.push_back(std::move(file));
        if (job_->files.size() >= kJobFiles || bytes_ >= kJobBytes) hand_over();
    }
    void add_in_parts(const FileTask& file, std::span<const LocatedChunk> chunks) {
        auto shared = std::make_shared<SharedFile>();
        std::uint64_t offset = 0;
        while (!chunks.empty()) {
            const std::size_t count = std::min(kJobChunks, chunks.size());
            auto part = new_job();
            FileTask task = file;
            task.offset = offset;
            task.chunk_count = count;
            task.shared = shared;
            part->files.push_back(std::move(task));
            for (const LocatedChunk& chunk : chunks.first(count)) {
                part->chunks.push_back(chunk);
                offset += chunk.length;
            }
            chunks = chunks.subspan(count);
            ++shared->pending;
            jobs_.push_back(std::move(part));
        }
    }
    std::vector<JobPtr> take() {
        hand_over();
        return std::move(jobs_);
    }

  private:
    JobPtr new_job() const {
        auto job = std::make_unique<RestoreJob>();
        job->folder = folder_;
        job->fd = fd_;
        return job;
    }
    void hand_over() {
        if (!job_->files.empty()) jobs_.push_back(std::exchange(job_, new_job()));
        bytes_ = 0;
    }
    // A new job begins with each block; those that share one all the same are told so.
    void cut_before(const LocatedChunk& next) {
        if (!job_->chunks.empty() && !in_one_block(job_->chunks.back(), next)) hand_over();
        if (!job_->chunks.empty()) return;
        job_->reuse = Reuse::unlikely;
        if (jobs_.empty() || jobs_.back()->chunks.empty()) return;
        if (in_one_block(jobs_.back()->chunks.back(), next))
            job_->reuse = jobs_.back()->reuse = Reuse::likely;
    }

    OutFolder* const folder_;
    const std::shared_ptr<const UniqueFd>& fd_;
    const Cut cut_;
    std::vector<JobPtr> jobs_;
    JobPtr job_;
    std::uint64_t bytes_ = 0;
};

/// A file, and where its chunks are.
struct PlacedFile {
    FileTask file;
    std::span<const LocatedChunk> chunks;
};

std::vector<PlacedFile> place(std::vector<FileTask> files, std::span<const LocatedChunk> located) {
    std::vector<PlacedFile> placed;
    placed.reserve(files.size());
    for (FileTask& file : files) {
        const std::size_t count = file.chunk_count;
        placed.push_back({std::move(file), located.first(count)});
        located = located.subspan(count);
    }
    return placed;
}

// Files of a block need not follow one another: a tree that changed has old content and new in
// turns.
void sort_by_block(std::vector<PlacedFile>& files) {
    std::ranges::stable_sort(files, {}, [](const PlacedFile& file) {
        if (file.chunks.empty()) return std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>();
        const LocatedChunk& first = file.chunks.front();
        return std::tuple(first.pack, first.block, first.offset);
    });
}

std::vector<JobPtr> make_located_jobs(JobList jobs, std::vector<PlacedFile> files) {
    for (PlacedFile& placed : files) {
        if (placed.file.chunk_count > kJobChunks) {
            jobs.add_in_parts(placed.file, placed.chunks);
        } else {
            jobs.add(std::move(placed.file), placed.chunks);
        }
    }
    return jobs.take();
}

}  // namespace

std::vector<ChunkRef> chunks_of(std::span<const FileTask> files) {
    std::vector<ChunkRef> chunks;
    for (const FileTask& file : files) {
        chunks.insert(chunks.end(), file.entry->chunks.begin(), file.entry->chunks.end());
    }
    return chunks;
}

std::vector<JobPtr> make_jobs(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd,
                              std::vector<FileTask> files, std::span<const LocatedChunk> located) {
    return make_located_jobs(JobList(folder, fd), place(std::move(files), located));
}

std::vector<JobPtr> make_jobs_by_block(const std::shared_ptr<const UniqueFd>& fd,
                                       std::vector<FileTask> files,
                                       std::span<const LocatedChunk> located) {
    std::vector<PlacedFile> placed = place(std::move(files), located);
    sort_by_block(placed);
    return make_located_jobs(JobList(nullptr, fd, JobList::Cut::by_block), std::move(placed));
}

std::vector<JobPtr> make_jobs(OutFolder* folder, const std::shared_ptr<const UniqueFd>& fd,
                              std::vector<FileTask> files) {
    JobList jobs(folder, fd);
    for (FileTask& file : files) jobs.add(std::move(file), {});
    return jobs.take();
}

}  // namespace holt::store
