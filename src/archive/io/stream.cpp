#include "archive/io/stream.h"

#include <algorithm>
#include <cstring>

namespace holt::store {

std::unexpected<Error> StreamReader::cut_short() const {
    return fail(ErrorKind::corrupt, "read archive", shown_,
                "it ends too early, after " + std::to_string(offset_) + " bytes of content",
                Advice::get_whole_copy);
}

Result<ByteView> StreamReader::some(std::uint64_t limit) {
    if (rest_.empty()) {
        HOLT_TRY_LET(more, source_.next());
        rest_ = more;
    }
    const ByteView taken =
        rest_.first(static_cast<std::size_t>(std::min<std::uint64_t>(limit, rest_.size())));
    rest_ = rest_.subspan(taken.size());
    offset_ += taken.size();
    return taken;
}

Result<ByteView> StreamReader::some_exact(std::uint64_t limit) {
    HOLT_TRY_LET(taken, some(limit));
    if (taken.empty() && limit > 0) return cut_short();
    return taken;
}

Result<std::size_t> StreamReader::read(MutableByteView into) {
    std::size_t done = 0;
    while (done < into.size()) {
        HOLT_TRY_LET(piece, some(into.size() - done));
        if (piece.empty()) break;
        std::memcpy(into.data() + done, piece.data(), piece.size());
        done += piece.size();
    }
    return done;
}

Status StreamReader::read_exact(MutableByteView into) {
    HOLT_TRY_LET(got, read(into));
    if (got < into.size()) return cut_short();
    return {};
}

Status StreamReader::skip(std::uint64_t count) {
    while (count > 0) {
        HOLT_TRY_LET(piece, some_exact(count));
        count -= piece.size();
    }
    return {};
}

}  // namespace holt::store
