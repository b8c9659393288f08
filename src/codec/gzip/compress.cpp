#include "codec/gzip/compress.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "codec/chunker/fastcdc.h"
#include "codec/gzip/block_encoder.h"
#include "codec/gzip/buffer.h"
#include "codec/gzip/crc32.h"
#include "codec/gzip/member.h"
#include "codec/gzip/ordered.h"

namespace holt::gzip {
namespace {

/// What bgzip puts into a member, so that even stored blocks stay below 64 KiB.
constexpr std::size_t kBgzfContent = 0xFF00;
/// BGZF members that are made in one job: about as much as a block of ours.
constexpr std::size_t kBgzfMembers = 16;

// Blocks by content: 160 KiB on average. Smaller ones would make a change cost less, and the whole
// more: each begins with an empty window.
constexpr std::size_t kLeastCut = std::size_t{32} << 10;
constexpr int kCutBits = 17;
constexpr std::size_t kReadForCut = std::size_t{64} << 10;

struct Job {
    Buffer content{}, out{};
    std::uint32_t crc = 0;  ///< of the content, in one member
    bool is_first = false, is_last = false;
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
            options_.threads, [&] { return BlockEncoder(plan_); },
            [&](Job& job) { return next(job); },
            [&](BlockEncoder& encoder, Job& job) { work(encoder, job); },
            [&](Job& job) { emit(job); });
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

    /// Fills a job's block, and reads at least one byte more, which tells whether it is the last.
    /// An empty input still makes one (empty) member, except in BGZF, where the end marker is one.
    bool next(Job& job) {
        if (all_taken_ || stopped_) return false;
        job.is_first = report_.input_bytes == 0;
        job.content.clear();
        job.content.append(ahead_.view());
        std::size_t cut = 0;
        for (std::size_t looked = 0;;) {
            cut = cut_by_content(job.content.view(), looked);
            looked = job.content.size();
            if (cut > 0 || ended_ || looked > job_size()) break;
            if (!read_more(job.content)) return false;
        }
        if (cut == 0) cut = std::min(job.content.size(), job_size());
        ahead_.clear();
        ahead_.append(job.content.view().subspan(cut));
        job.content.resize(cut);
        job.is_last = all_taken_ = ended_ && ahead_.size() == 0;
        report_.input_bytes += cut;
        return cut > 0 || !bgzf();
    }

    /// False when the caller gave up.
    bool read_more(Buffer& content) {
        const std::size_t size = content.size();
        const std::size_t most = job_size() + 1 - size;
        content.resize(size + (cuts_by_content() ? std::min(most, kReadForCut) : most));
        const auto got = read_(content.span().subspan(size));
        content.resize(size + got.value_or(0));
        stopped_ = !got;
        ended_ = got && *got == 0;
        return got.has_value();
    }

    bool cuts_by_content() const noexcept { return options_.rsyncable && !bgzf(); }

    /// The first place to cut, or 0. There is none in the first `looked` bytes.
    std::size_t cut_by_content(ByteView content, std::size_t looked) const noexcept {
        if (!cuts_by_content()) return 0;
        return chunker::next_point(content, std::max(looked, kLeastCut), kCutBits);
    }

    HeaderFields fields(bool is_first) const {
        if (bgzf()) return {.system = 255, .length = LengthField::bgzf};
        HeaderFields fields{
            .extra_flags = plan_.extra_flags,
            .length = options_.layout == Layout::blocks ? LengthField::ours : LengthField::none};
        if (!is_first) return fields;
        fields.mtime = options_.mtime;
        fields.name = name_;
        return fields;
    }

    void work(BlockEncoder& encoder, Job& job) const {
        if (options_.layout == Layout::single)
            make_part(encoder, job);
        else
            make_members(encoder, job);
    }

    void make_part(BlockEncoder& encoder, Job& job) const {
        const HeaderFields header = fields(true);
        const std::size_t head = job.is_first ? header_size(header) : 0;
        job.out.resize(head + BlockEncoder::part_bound(job.content.size()));
        if (job.is_first) write_header(header, 0, job.out.data());
        const auto part = encoder.encode_part(
            job.content.view(), job.is_last ? StreamEnd::last_block : StreamEnd::joint,
            job.out.span().subspan(head));
        job.out.resize(head + part.size);
        job.crc = part.crc;
    }

    void make_members(BlockEncoder& encoder, Job& job) const {
        const HeaderFields header = fields(job.is_first);
        const std::size_t each = bgzf() ? kBgzfContent : plan_.block_size;
        const ByteView content = job.content.view();
        job.out.clear();
        std::size_t at = 0;
        do {
            const ByteView block = content.subspan(at, std::min(each, content.size() - at));
            const std::size_t before = job.out.size();
            const std::size_t bound = BlockEncoder::bound(block.size(), header);
            job.out.resize(before + bound);
            const std::size_t size =
                encoder.encode(block, header, job.out.span().subspan(before, bound));
            job.out.resize(before + size);
            at += block.size();
        } while (at < content.size());
    }

    void emit(Job& job) {
        if (options_.layout == Layout::single) {
            crc_ = crc32_combine(crc_, job.crc, job.content.size());
            if (job.is_last) append_trailer(job.out);
        }
        emit(job.out.view());
    }

    void emit(ByteView bytes) {
        if (stopped_) return;
        if (!write_(bytes))
            stopped_ = true;
        else
            report_.output_bytes += bytes.size();
    }

    void append_trailer(Buffer& out) const {
        const std::size_t size = out.size();
        out.resize(size + kTrailer);
        write_trailer(crc_, static_cast<std::uint32_t>(report_.input_bytes), out.data() + size);
    }

    const EncodeOptions& options_;
    const LevelPlan plan_;
    const Read& read_;
    const Write& write_;
    const std::string name_;
    EncodeReport report_;
    Buffer ahead_;  // what was read behind the last block
    std::uint32_t crc_ = 0;
    bool ended_ = false, all_taken_ = false;
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
