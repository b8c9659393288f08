// bzip2 through libbz2: several streams in a row. A stream takes 4 MB at most.
#include "archive/io/stream_decoder.h"

#if __has_include(<bzlib.h>)

#include <bzlib.h>

#include <algorithm>
#include <limits>

#include "archive/io/loaded_library.h"

namespace holt::store {
namespace {

struct Bzip2 {
    decltype(&::BZ2_bzDecompressInit) init = nullptr;
    decltype(&::BZ2_bzDecompress) decompress = nullptr;
    decltype(&::BZ2_bzDecompressEnd) end = nullptr;
};

Result<Bzip2> load() {
    static LoadedLibrary library("libbz2.so.1.0");
    static const Bzip2 bzip2 = [] {
        Bzip2 found;
        library.find(found.init, "BZ2_bzDecompressInit");
        library.find(found.decompress, "BZ2_bzDecompress");
        library.find(found.end, "BZ2_bzDecompressEnd");
        return found;
    }();
    HOLT_TRY(library.check("a .tar.bz2", "libbz2-1.0"));
    return bzip2;
}

unsigned bounded(std::size_t size) {
    return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

class Bzip2Decoder final : public StreamDecoder {
  public:
    Bzip2Decoder(const Bzip2& bzip2, const std::string& shown) : bzip2_(bzip2), shown_(shown) {}
    ~Bzip2Decoder() override { close(); }

    Result<Step> run(ByteView in, MutableByteView out, Input) override {
        if (!open_ && in.empty()) return Step{};
        // As bzip2 does, which says that it ignores it.
        is_over_ |= !open_ && streams_ > 0 && in[0] != 'B';
        if (is_over_) return Step{in.size(), 0};
        if (!open_) HOLT_TRY(begin());
        const unsigned given = bounded(in.size()), room = bounded(out.size());
        // It only reads there.
        stream_.next_in = const_cast<char*>(as_text(in).data());
        stream_.avail_in = given;
        stream_.next_out = reinterpret_cast<char*>(out.data());
        stream_.avail_out = room;
        const int code = bzip2_.decompress(&stream_);
        const Step step{given - stream_.avail_in, room - stream_.avail_out};
        if (code == BZ_STREAM_END) {
            close();
            ++streams_;
            return step;
        }
        if (code == BZ_OK) return step;
        if (code == BZ_MEM_ERROR)
            return fail(ErrorKind::failed, "decompress", shown_, "libbz2 has no memory");
        return damaged_stream(shown_, "its bzip2 stream is damaged");
    }
    bool at_boundary() const override { return !open_ && streams_ > 0; }
    std::string_view ignored() const override {
        if (!is_over_) return {};
        return "something that is no bzip2 stands behind its last stream, and was not read";
    }

  private:
    Status begin() {
        stream_ = {};
        if (bzip2_.init(&stream_, 0, 0) != BZ_OK)
            return fail(ErrorKind::failed, "decompress", shown_, "libbz2 has no memory");
        open_ = true;
        return {};
    }
    void close() {
        if (open_) bzip2_.end(&stream_);
        open_ = false;
    }

    const Bzip2 bzip2_;
    const std::string shown_;
    bz_stream stream_{};
    bool open_ = false, is_over_ = false;
    std::uint64_t streams_ = 0;
};

}  // namespace

Result<std::unique_ptr<StreamDecoder>> make_bzip2_decoder(const std::string& shown) {
    HOLT_TRY_LET(bzip2, load());
    return std::make_unique<Bzip2Decoder>(bzip2, shown);
}

}  // namespace holt::store

#else

namespace holt::store {

Result<std::unique_ptr<StreamDecoder>> make_bzip2_decoder(const std::string& shown) {
    return fail(ErrorKind::unsafe_input, "decompress", shown, "this build does not read bzip2",
                "decompress it with `bzip2 -d` first");
}

}  // namespace holt::store

#endif
