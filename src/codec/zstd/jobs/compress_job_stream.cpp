#include "codec/zstd/jobs/compress_job_stream.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "base/endian.h"
#include "base/large_memory.h"
#include "codec/chunker/fastcdc.h"
#include "codec/xxhash64/xxhash64.h"
#include "codec/zstd/encode/dictionary_encode.h"
#include "codec/zstd/jobs/compress_job.h"
#include "codec/zstd/jobs/compress_workers.h"

namespace holt::zstd {
namespace {

constexpr std::chrono::milliseconds kStopInterval{100};
constexpr std::size_t kLargestRead = std::size_t{256} << 10;

// Jobs by content: 1.1 MiB on average.
constexpr std::size_t kLeastCut = std::size_t{128} << 10;
constexpr int kCutBits = 20;

struct Job {
    std::uint64_t begin = 0;  // position in the input
    std::uint64_t slot = 0;   // its number
    std::size_t size = 0;
    bool last = false;
    std::vector<LongMatch> long_matches{};
    std::unique_ptr<std::uint8_t[]> output{};
    std::size_t output_capacity = 0;
    std::size_t output_size = 0;
    enum class State : std::uint8_t { waiting, done, out_of_memory } state = State::waiting;
};

}  // namespace

// Slot i % slots holds job i. In flight are the jobs that were given to the workers and not written
// yet, at most `most_in_flight`. While job i is filled, the oldest of them refers to the slot
// before its own: hence two slots more.
struct JobStream::Impl {
    explicit Impl(const JobStreamOptions& o) : options(o) {}
    ~Impl() { stop.store(true); }  // what the workers are at is of no use any more

    void make_plan();
    void make_ring();
    void look_at_reference();
    /// Where a job is read to; without cuts by content, its position modulo the ring's size.
    std::uint8_t* slot(const Job& job) const noexcept {
        return ring.data() + front + job.slot % slots * each;
    }
    bool cuts_by_content() const noexcept {
        return options.cut_by_content && options.long_window_log == 0 && options.reference.empty();
    }
    std::size_t overlap() const noexcept { return cuts_by_content() ? 0 : job_overlap(params); }
    std::optional<std::uint64_t> size_to_state() const noexcept;
    ErrorCode fill(Job& job, const Caller& caller);
    ErrorCode take(Job& job, const Caller& caller, std::size_t most);
    void cut(Job& job, std::size_t& looked);
    std::unique_ptr<Job> job_behind(const Job& job);
    void begin_frame(const Job& first);
    void find_long_matches(Job& job);
    std::unique_ptr<Job> spare_job();
    void start(std::unique_ptr<Job> job);
    void encode(Job& job) noexcept;
    bool is_oldest_done();
    bool wait_for_oldest(const Caller& caller);
    ErrorCode write_oldest(const Caller& caller);
    ErrorCode run(const Caller& caller);

    JobStreamOptions options;
    MatchParams params{};
    std::size_t each = 0;    // bytes of a job
    std::size_t front = 0;   // room before the first slot: for the overlap, or a dictionary
    std::size_t prefix = 0;  // bytes of the dictionary in it, or of the reference before the input
    std::uint64_t origin = 0;  // position of the input: behind the reference, at a slot's begin
    std::uint64_t slots = 0;
    std::uint64_t ring_size = 0;
    std::size_t most_in_flight = 1;
    LargeMemory ring{};
    std::unique_ptr<LongMatchFinder> finder{};
    std::uint64_t total = 0;  // bytes read
    std::size_t surplus = 0;  // of the job at hand: bytes behind its cut
    bool at_end = false;      // of the input
    XxHash64 checksum{};
    std::uint8_t header[kMaxFrameHeader] = {};
    std::size_t header_size = 0;

    std::atomic<bool> stop{false};
    std::mutex mutex{};  // guards `encoders` and the state of jobs in flight
    std::condition_variable job_done{};
    std::vector<std::unique_ptr<FrameEncoder>> encoders{};  // those that are free
    std::deque<std::unique_ptr<Job>> in_flight{};           // oldest first
    std::vector<std::unique_ptr<Job>> spare{};
    std::unique_ptr<Workers> workers{};  // last: waits for its tasks before the rest goes
};

void JobStream::Impl::make_plan() {
    params = tuned_params(options.encode.level, kUnknownSize, options.tuning);
    each = job_size(params);
    const std::uint64_t reference = options.reference.size();
    if (reference > 0) {
        origin = (reference + each - 1) / each * each;
        prefix = std::min<std::size_t>(reference, std::size_t{1} << params.window_log);
        const std::uint64_t all = reference + options.content_size.value_or(reference);
        const auto reach = static_cast<unsigned>(std::bit_width(all));
        options.long_window_log = std::clamp(std::max(options.long_window_log, reach),
                                             kMinLongWindowLog, kMaxLongWindowLog);
    }
    const unsigned threads = options.threads;
    // One job waits for whoever is done first, and one in four more, as jobs differ in length.
    most_in_flight = threads <= 1 ? 1 : threads + (threads + 3) / 4;
    slots = most_in_flight + 2;
    if (options.long_window_log > 0) {
        slots =
            std::max(slots, ((std::uint64_t{1} << options.long_window_log) + each - 1) / each + 2);
    }
    // The slot behind the last job is read into once to see that nothing follows.
    if (options.content_size && !cuts_by_content())
        slots = std::min(slots, *options.content_size / each + 2);
    slots += origin / each;
    ring_size = slots * each;
    front = job_overlap(params);
    if (options.dictionary != nullptr) {
        const std::size_t content = options.dictionary->impl().content.size();
        prefix = std::min(content, std::size_t{1} << params.window_log);
        front = std::max(front, prefix);
    }
}

void JobStream::Impl::make_ring() {
    if (!ring.allocate(front + ring_size)) throw std::bad_alloc();
    if (origin > 0) {
        std::ranges::copy(options.reference,
                          ring.data() + front + origin - options.reference.size());
        return;
    }
    if (prefix == 0) return;
    const ByteView content = options.dictionary->impl().content;
    std::copy_n(content.data() + (content.size() - prefix), prefix, ring.data() + front - prefix);
}

/// The finder learns where everything in the reference is.
void JobStream::Impl::look_at_reference() {
    const std::uint64_t begin = origin - options.reference.size();
    finder->begin_at(begin);
    std::vector<LongMatch> within;  // matches of the reference with itself are of no use
    for (std::uint64_t at = begin; at < origin;) {
        const std::uint64_t end = std::min(origin, at + each);
        finder->find(at, end, within);
        within.clear();
        at = end;
    }
}

/// Reads at most `most` bytes of a job.
ErrorCode JobStream::Impl::take(Job& job, const Caller& caller, std::size_t most) {
    std::uint8_t* const to = slot(job) + job.size;
    const auto got = caller.read({to, std::min({most, each - job.size, kLargestRead})});
    if (!got) return ErrorCode::stopped;
    at_end = *got == 0;
    if (options.encode.checksum) checksum.update({to, *got});
    job.size += *got;
    total += *got;
    if (options.content_size && total > *options.content_size) return ErrorCode::wrong_size;
    return ErrorCode::ok;
}

ErrorCode JobStream::Impl::fill(Job& job, const Caller& caller) {
    std::size_t looked = 0;
    cut(job, looked);
    while (!at_end && surplus == 0 && job.size < each) {
        const ErrorCode code = take(job, caller, each);
        if (code != ErrorCode::ok) return code;
        cut(job, looked);
    }
    return ErrorCode::ok;
}

/// Ends the job at the first place behind `looked` that its content says.
void JobStream::Impl::cut(Job& job, std::size_t& looked) {
    if (!cuts_by_content()) return;
    const std::size_t at =
        chunker::next_point({slot(job), job.size}, std::max(looked, kLeastCut), kCutBits);
    looked = job.size;
    if (at == 0) return;
    surplus = job.size - at;
    job.size = at;
}

/// The next one, with what was read of it.
std::unique_ptr<Job> JobStream::Impl::job_behind(const Job& job) {
    std::unique_ptr<Job> next = spare_job();
    next->begin = job.begin + job.size;
    next->slot = job.slot + 1;
    next->size = surplus;
    std::copy_n(slot(job) + job.size, surplus, slot(*next));
    surplus = 0;
    return next;
}

/// The length, as far as it is known when the first job is whole.
std::optional<std::uint64_t> JobStream::Impl::size_to_state() const noexcept {
    if (!options.state_size) return std::nullopt;
    return at_end ? std::optional<std::uint64_t>(total) : options.content_size;
}

void JobStream::Impl::begin_frame(const Job& first) {
    const std::size_t size = first.last ? first.size : kUnknownSize;
    const EncodeDictionary* const dictionary = options.dictionary;
    const bool states_id = dictionary != nullptr && options.state_dictionary;
    params = dictionary != nullptr || prefix > 0
                 ? tuned(dictionary_params(options.encode.level, prefix, size), options.tuning)
                 : tuned_params(options.encode.level, size, options.tuning);
    MatchParams stated = params;
    if (options.long_window_log > 0) {
        const auto window_for = [&](std::optional<std::uint64_t> known) {
            unsigned log = options.long_window_log;
            const std::uint64_t reference = options.reference.size();
            if (known)
                log = std::min(log, static_cast<unsigned>(std::bit_width(*known + reference)));
            return std::max(log, unsigned{params.window_log});
        };
        const auto size_of_first =
            first.last ? std::optional<std::uint64_t>(first.size) : std::nullopt;
        // What is found does not depend on whether a length beyond the first job is known.
        const unsigned log = window_for(size_of_first);
        stated.window_log = static_cast<std::uint8_t>(
            window_for(size_of_first ? size_of_first : options.content_size));
        // An optimal parser weighs near matches better than by taking the longest.
        const std::uint32_t least = is_optimal(params.strategy) ? 1u << (params.window_log - 1) : 0;
        finder = std::make_unique<LongMatchFinder>(log, least,
                                                   HistoryRing{ring.data() + front, ring_size});
        if (origin > 0) look_at_reference();
    }
    header_size = write_frame_header(stated, size_to_state(),
                                     options.encode.checksum ? Checksum::appended : Checksum::none,
                                     states_id ? dictionary->id() : 0, header);
}

std::unique_ptr<Job> JobStream::Impl::spare_job() {
    if (spare.empty()) return std::make_unique<Job>();
    std::unique_ptr<Job> job = std::move(spare.back());
    spare.pop_back();
    job->size = job->output_size = 0;
    job->last = false;
    job->long_matches.clear();
    job->state = Job::State::waiting;
    return job;
}

void JobStream::Impl::start(std::unique_ptr<Job> job) {
    if (job->begin == origin) begin_frame(*job);
    if (finder) finder->find(job->begin, job->begin + job->size, job->long_matches);
    const std::size_t bound = compress_bound(job->size);
    if (job->output_capacity < bound) {
        job->output = std::make_unique_for_overwrite<std::uint8_t[]>(bound);
        job->output_capacity = bound;
    }
    // The ring's end is the history of its first slot.
    if (job->slot > 0 && job->slot % slots == 0)
        std::copy_n(ring.data() + front + ring_size - overlap(), overlap(),
                    ring.data() + front - overlap());
    Job& started = *job;
    in_flight.push_back(std::move(job));
    // A single job is not worth a thread.
    const bool alone = started.begin == origin && started.last;
    if (!workers) workers = std::make_unique<Workers>(alone ? 0 : options.threads);
    workers->start([this, &started] { encode(started); });
}

/// On a worker: everything it touches but the job is guarded or constant meanwhile.
void JobStream::Impl::encode(Job& job) noexcept {
    Job::State state = Job::State::done;
    try {
        std::unique_ptr<FrameEncoder> encoder;
        {
            const std::lock_guard lock(mutex);
            if (!encoders.empty()) {
                encoder = std::move(encoders.back());
                encoders.pop_back();
            }
        }
        if (!encoder) encoder = std::make_unique<FrameEncoder>(codec::cpu_level());
        const bool first = job.begin == origin;
        const auto* const dictionary =
            first && options.dictionary != nullptr ? &options.dictionary->impl() : nullptr;
        const std::span<const LongMatch> long_matches = job.long_matches;
        const JobInput input = {
            .content = {slot(job), job.size},
            .history = first ? prefix : overlap(),
            .first = first,
            .last = job.last,
            .tables = dictionary != nullptr ? dictionary->entropy.get() : nullptr,
            .long_matches = finder ? &long_matches : nullptr};
        job.output_size =
            encode_job(*encoder, params, input, stop, {job.output.get(), job.output_capacity});
        const std::lock_guard lock(mutex);
        encoders.push_back(std::move(encoder));
    } catch (const std::bad_alloc&) {
        state = Job::State::out_of_memory;
    }
    const std::lock_guard lock(mutex);
    job.state = state;
    job_done.notify_one();
}

bool JobStream::Impl::is_oldest_done() {
    const std::lock_guard lock(mutex);
    return in_flight.front()->state != Job::State::waiting;
}

/// False when the caller wants to stop.
bool JobStream::Impl::wait_for_oldest(const Caller& caller) {
    std::unique_lock lock(mutex);
    const auto ready = [&] { return in_flight.front()->state != Job::State::waiting; };
    while (!job_done.wait_for(lock, kStopInterval, ready)) {
        if (caller.stop()) return false;
    }
    return true;
}

ErrorCode JobStream::Impl::write_oldest(const Caller& caller) {
    if (!wait_for_oldest(caller)) return ErrorCode::stopped;
    std::unique_ptr<Job> job = std::move(in_flight.front());
    in_flight.pop_front();
    if (job->state == Job::State::out_of_memory) return ErrorCode::out_of_memory;
    if (job->begin == origin && !caller.write({header, header_size})) return ErrorCode::stopped;
    if (!caller.write({job->output.get(), job->output_size})) return ErrorCode::stopped;
    if (job->last && options.encode.checksum) {
        std::uint8_t trailer[kChecksumSize];
        store_le(trailer, static_cast<std::uint32_t>(checksum.digest()));
        if (!caller.write(trailer)) return ErrorCode::stopped;
    }
    spare.push_back(std::move(job));
    return ErrorCode::ok;
}

ErrorCode JobStream::Impl::run(const Caller& caller) {
    make_plan();
    make_ring();
    ErrorCode code = ErrorCode::ok;
    std::unique_ptr<Job> next = spare_job();
    next->begin = origin;
    next->slot = origin / each;
    while (next) {
        std::unique_ptr<Job> job = std::move(next);
        code = fill(*job, caller);
        if (code != ErrorCode::ok) return code;
        // A place in flight, and with it room in the ring for a look at what follows.
        if (in_flight.size() == most_in_flight && !wait_for_oldest(caller)) {
            return ErrorCode::stopped;
        }
        if (!at_end || surplus > 0) {
            next = job_behind(*job);
            if (next->size == 0) code = take(*next, caller, kLargestRead);
            if (code != ErrorCode::ok) return code;
        }
        if (at_end && (!next || next->size == 0)) {
            next.reset();
            job->last = true;
            if (options.content_size && total != *options.content_size) {
                return ErrorCode::wrong_size;
            }
        }
        // Before the oldest is written, so that no worker waits for that.
        start(std::move(job));
        while (next && !in_flight.empty() && is_oldest_done()) {
            code = write_oldest(caller);
            if (code != ErrorCode::ok) return code;
        }
    }
    while (!in_flight.empty()) {
        code = write_oldest(caller);
        if (code != ErrorCode::ok) return code;
    }
    return ErrorCode::ok;
}

JobStream::JobStream(const JobStreamOptions& options) : impl_(std::make_unique<Impl>(options)) {}
JobStream::JobStream(JobStream&&) noexcept = default;
JobStream& JobStream::operator=(JobStream&&) noexcept = default;
JobStream::~JobStream() = default;

Expected<std::uint64_t> JobStream::run(const Caller& caller) {
    const JobStreamOptions options = impl_->options;
    const int level = options.encode.level;
    const unsigned log = options.long_window_log;
    if (level < kMinLevel || level > kMaxLevel ||
        (log != 0 && (log < kMinLongWindowLog || log > kMaxLongWindowLog))) {
        return std::unexpected(Error{ErrorCode::bad_parameter, 0});
    }
    ErrorCode code = ErrorCode::ok;
    std::uint64_t total = 0;
    try {
        code = impl_->run(caller);
        total = impl_->total;
    } catch (const std::bad_alloc&) {
        code = ErrorCode::out_of_memory;
    }
    impl_ = std::make_unique<Impl>(options);
    if (code != ErrorCode::ok) return std::unexpected(Error{code, total});
    return total;
}

}  // namespace holt::zstd
