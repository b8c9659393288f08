#include "codec/gzip/compress.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "codec/gzip/block_encoder.h"
#include "codec/gzip/buffer.h"
#include "codec/gzip/ordered.h"

namespace holt::gzip {
namespace {

/// What bgzip puts into a member, so that even stored blocks stay below 64 KiB.
constexpr std::size_t kBgzfContent = 0xFF00;
/// BGZF members that are made in one job: about as much as a block of ours.
constexpr std::size_t kBgzfMembers = 16;

struct Job {
    Buffer content{}, members{};
    bool is_first = false;
};

class Encoder {
  public:
    Encoder(const EncodeOptions& options, const Read& read, const Write& write)
        : options_(options),
          plan_(plan_of(options.level)),
          read_(read),
          write_(write),
          name_(options.name.substr(0, options.name.find('\0'))) {}

    Expected<EncodeReport> run() {
        run_ordered<Job>(
            options_.threads, LookAhead::always, [&] { return BlockEncoder(plan_); },
            [&](Job& job) { return next(job); },
            [&](BlockEncoder& encoder, Job& job) { work(encoder, job); },
            [&](Job& job) { emit(job.members.view()); });
        if (options_.layout == Layout::bgzf) emit(bgzf_end());
        if (stopped_)
            return std::unexpected(Error{.code = ErrorCode::stopped,
                                         .input_offset = report_.input_bytes,
                                         .output_bytes = report_.output_bytes});
        return report_;
    }

  private:
    bool bgzf() const noexcept { return options_.layout == Layout::bgzf; }
    std::size_t job_size() const noexcept {
        return bgzf() ? kBgzfContent * kBgzfMembers : plan_.block_size;
    }

    /// Fills a job's block. An empty input still makes one (empty) member, except in BGZF, where
    /// the end marker is one.
    bool next(Job& job) {
        if (ended_ || stopped_) return false;
        job.content.resize(job_size());
        std::size_t size = 0;
        while (size < job_size()) {
            const auto got = read_(job.content.span().subspan(size));
            if (!got) {
                stopped_ = true;
                return false;
            }
            if (*got == 0) {
                ended_ = true;
                break;
            }
            size += *got;
        }
        job.content.resize(size);
        report_.input_bytes += size;
        job.is_first = jobs_ == 0;
        if (size == 0 && (jobs_ > 0 || bgzf())) return false;
        // Two jobs are always fetched before work on the first begins (ordered.h).
        if (++jobs_ == 2) several_ = true;
        return true;
    }

    HeaderFields fields_of(const Job& job) const {
        if (bgzf()) return {.system = 255, .length = LengthField::bgzf};
        const bool with_length = several_ || options_.layout == Layout::blocks;
        HeaderFields fields{.extra_flags = plan_.extra_flags,
                            .length = with_length ? LengthField::ours : LengthField::none};
        if (!job.is_first) return fields;
        fields.mtime = options_.mtime;
        fields.name = name_;
        return fields;
    }

    void work(BlockEncoder& encoder, Job& job) const {
        const HeaderFields fields = fields_of(job);
        const std::size_t each = bgzf() ? kBgzfContent : plan_.block_size;
        const ByteView content = job.content.view();
        job.members.clear();
        std::size_t at = 0;
        do {
            const ByteView part = content.subspan(at, std::min(each, content.size() - at));
            const std::size_t before = job.members.size();
            const std::size_t bound = BlockEncoder::bound(part.size(), fields);
            job.members.resize(before + bound);
            const std::size_t size =
                encoder.encode(part, fields, job.members.span().subspan(before, bound));
            job.members.resize(before + size);
            at += part.size();
        } while (at < content.size());
    }

    void emit(ByteView bytes) {
        if (stopped_) return;
        if (!write_(bytes))
            stopped_ = true;
        else
            report_.output_bytes += bytes.size();
    }

    const EncodeOptions& options_;
    const LevelPlan plan_;
    const Read& read_;
    const Write& write_;
    const std::string name_;
    EncodeReport report_;
    std::uint64_t jobs_ = 0;
    bool ended_ = false;
    // Set while the first two jobs are fetched, and only read after that.
    bool several_ = false;
    std::atomic<bool> stopped_{false};
};

}  // namespace

Expected<EncodeReport> compress(const EncodeOptions& options, const Read& read,
                                const Write& write) {
    if (options.level < kMinLevel || options.level > kMaxLevel)
        return std::unexpected(Error{.code = ErrorCode::bad_parameter});
    try {
        return Encoder(options, read, write).run();
    } catch (const std::bad_alloc&) {
        return std::unexpected(Error{.code = ErrorCode::out_of_memory});
    }
}

}  // namespace holt::gzip
