#include "codec/gzip/decompress.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "base/endian.h"
#include "codec/gzip/known_members.h"
#include "codec/gzip/member_stream.h"
#include "codec/gzip/ordered.h"
#include "codec/gzip/reader.h"

namespace holt::gzip {
namespace {

using Status = Expected<void>;

class Decoder {
  public:
    Decoder(const DecodeOptions& options, const Read& read, const Write& write,
            const std::function<bool(const Header&)>& on_header)
        : options_(options),
          reader_(read),
          write_(write),
          on_header_(on_header),
          stream_(
              reader_, [this](ByteView content) { return this->write(content); },
              useful_threads(options.threads), options.supply) {}

    Expected<DecodeReport> run() {
        // 1. The first header must be there; what is no gzip file ends here.
        if (options_.pass_through && !at_member()) return copy_rest();
        if (auto looked = look_at_first(); !looked) return std::unexpected(looked.error());
        // 2. Members, until what follows is none.
        do {
            if (trusting_ && has_extra_field()) {
                if (auto done = known_members(); !done) return std::unexpected(done.error());
                if (!at_member()) break;
            }
            if (auto done = stream_member(); !done) return std::unexpected(done.error());
        } while (at_member());
        // 3. What stands behind them.
        if (options_.pass_through) return copy_rest();
        report_.input_bytes = reader_.offset();
        if (options_.rest != nullptr) return hand_back();
        report_.trailing = trailing();
        if (reader_.failed()) return failure(ErrorCode::stopped);
        // One byte that is not zero may be the beginning of a header that was cut off.
        const bool one_byte = report_.trailing == Trailing::garbage && !reader_.fill(2) &&
                              reader_.offset() == report_.input_bytes;
        if (one_byte) {
            member_offset_ = reader_.offset();
            return failure(ErrorCode::truncated, reader_.offset() + 1);
        }
        return report_;
    }

  private:
    std::unexpected<Error> failure(ErrorCode code, std::uint64_t at) const {
        if (reader_.failed()) code = ErrorCode::stopped;
        return std::unexpected(Error{.code = code,
                                     .input_offset = at,
                                     .member = report_.members,
                                     .member_offset = member_offset_,
                                     .output_bytes = report_.output_bytes});
    }
    std::unexpected<Error> failure(ErrorCode code) const { return failure(code, reader_.offset()); }

    /// A header as the next thing in the input, not consumed.
    Expected<Header> read_header() {
        member_offset_ = reader_.offset();
        for (std::size_t wanted = kFixedHeader;; wanted = reader_.view().size() + 1) {
            const bool more = reader_.fill(wanted);
            auto header = parse_header(reader_.view());
            if (!header)
                return failure(header.error().code, member_offset_ + header.error().input_offset);
            if (*header) return std::move(**header);
            if (!more) return failure(ErrorCode::truncated, member_offset_ + reader_.view().size());
        }
    }

    Status look_at_first() {
        auto header = read_header();
        if (!header) return std::unexpected(header.error());
        report_.first = std::move(*header);
        if (on_header_ && !on_header_(report_.first)) return failure(ErrorCode::stopped);
        return {};
    }

    /// Another member begins here. Whatever begins with the two magic bytes is meant to be one.
    bool at_member() {
        return reader_.fill(2) && reader_.view()[0] == kMagic0 && reader_.view()[1] == kMagic1;
    }

    /// The member here may state its size.
    bool has_extra_field() { return reader_.fill(4) && (reader_.view()[3] & 4) != 0; }

    Expected<DecodeReport> hand_back() {
        reader_.fill(1);
        if (reader_.failed()) return failure(ErrorCode::stopped);
        options_.rest->assign(reader_.view().begin(), reader_.view().end());
        return report_;
    }

    Trailing trailing() {
        if (!reader_.fill(1)) return Trailing::none;
        while (reader_.fill(1)) {
            const ByteView view = reader_.view();
            if (std::ranges::any_of(view, [](std::uint8_t byte) { return byte != 0; }))
                return Trailing::garbage;
            reader_.consume(view.size());
        }
        return Trailing::zeros;
    }

    Expected<DecodeReport> copy_rest() {
        while (reader_.fill(1)) {
            const ByteView bytes = reader_.view();
            if (const ErrorCode code = write(bytes); code != ErrorCode::ok) return failure(code);
            report_.copied_bytes += bytes.size();
            reader_.consume(bytes.size());
        }
        if (reader_.failed()) return failure(ErrorCode::stopped);
        report_.input_bytes = reader_.offset();
        return report_;
    }

    /// What is within the limit is written even when there is more.
    ErrorCode write(ByteView bytes) {
        const std::uint64_t left =
            options_.output_limit > 0 ? options_.output_limit - report_.output_bytes : bytes.size();
        const ByteView allowed = bytes.size() > left ? bytes.first(left) : bytes;
        if (!allowed.empty() && !write_(allowed)) return ErrorCode::stopped;
        report_.output_bytes += allowed.size();
        return allowed.size() < bytes.size() ? ErrorCode::output_limit : ErrorCode::ok;
    }

    /// Decodes members that state their size, in parallel, up to the first that does not or that
    /// is not what it states: that one is next in the reader then.
    Status known_members() {
        ErrorCode code = ErrorCode::ok;
        Bytes left;                        // what was gathered and not used
        std::atomic<bool> stopped{false};  // read by next, set by emit
        run_ordered<Batch>(
            options_.threads, [] { return KnownMemberDecoder(); },
            [&](Batch& batch) { return !stopped && batch.gather(reader_); },
            [](KnownMemberDecoder& decoder, Batch& batch) { decoder.decode(batch); },
            [&](Batch& batch) {
                std::size_t used = 0;
                if (!stopped) {
                    code = write(batch.output.view());
                    const bool written = code == ErrorCode::ok;
                    if (written && batch.good > 0) {
                        const KnownMember& last = batch.members[batch.good - 1];
                        used = last.begin + last.size;
                        report_.last_crc = last.crc;
                        report_.members += batch.good;
                    }
                    if (written && batch.good == batch.members.size()) return;
                    stopped = true;
                    trusting_ = false;
                }
                const ByteView rest = batch.input.view().subspan(used);
                left.insert(left.end(), rest.begin(), rest.end());
            });
        if (!left.empty()) reader_.put_back(left);
        if (code != ErrorCode::ok) return failure(code);
        return {};
    }

    Status stream_member() {
        auto header = read_header();
        if (!header) return std::unexpected(header.error());
        reader_.consume(header->size);
        if (const ErrorCode code = stream_.decode(); code != ErrorCode::ok) return failure(code);
        if (!reader_.fill(kTrailer))
            return failure(ErrorCode::truncated, reader_.offset() + reader_.view().size());
        const auto crc = load_le<std::uint32_t>(reader_.view().data());
        if (crc != stream_.crc()) return failure(ErrorCode::wrong_crc);
        if (load_le<std::uint32_t>(reader_.view().data() + 4) !=
            static_cast<std::uint32_t>(stream_.length()))
            return failure(ErrorCode::wrong_length);
        reader_.consume(kTrailer);
        report_.last_crc = crc;
        ++report_.members;
        return {};
    }

    const DecodeOptions& options_;
    Reader reader_;
    const Write& write_;
    const std::function<bool(const Header&)>& on_header_;
    DecodeReport report_;
    std::uint64_t member_offset_ = 0;
    bool trusting_ = true;  // no member stated a wrong size yet
    MemberStream stream_;
};

}  // namespace

Expected<DecodeReport> decompress(const DecodeOptions& options, const Read& read,
                                  const Write& write,
                                  const std::function<bool(const Header&)>& on_header) {
    try {
        return Decoder(options, read, write, on_header).run();
    } catch (const std::bad_alloc&) {
        return std::unexpected(Error{.code = ErrorCode::out_of_memory});
    }
}

}  // namespace holt::gzip
