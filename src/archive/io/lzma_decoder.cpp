// xz, LZMA and lzip through liblzma: several streams of xz, with padding between them, several
// members of lzip, one stream of LZMA; and a limit on memory.
#include "archive/io/stream_decoder.h"

#if __has_include(<lzma.h>)

#include <lzma.h>

#include "archive/io/loaded_library.h"

namespace holt::store {
namespace {

struct Lzma {
    decltype(&::lzma_stream_decoder) xz = nullptr, lzip = nullptr;
    decltype(&::lzma_alone_decoder) alone = nullptr;
    decltype(&::lzma_code) code = nullptr;
    decltype(&::lzma_end) end = nullptr;
};

Result<Lzma> load(ArchiveKind kind) {
    static LoadedLibrary library("liblzma.so.5"), with_lzip("liblzma.so.5");
    static const Lzma lzma = [] {
        Lzma found;
        library.find(found.xz, "lzma_stream_decoder");
        library.find(found.alone, "lzma_alone_decoder");
        library.find(found.code, "lzma_code");
        library.find(found.end, "lzma_end");
        with_lzip.find(found.lzip, "lzma_lzip_decoder");
        return found;
    }();
    HOLT_TRY(library.check("a .tar.xz, .tar.lzma or .tar.lz", "liblzma5"));
    if (kind == ArchiveKind::lzip) HOLT_TRY(with_lzip.check("a .tar.lz", "liblzma5 5.4 or newer"));
    return lzma;
}

class LzmaDecoder final : public StreamDecoder {
  public:
    LzmaDecoder(ArchiveKind kind, const Lzma& lzma, const std::string& shown)
        : kind_(kind), lzma_(lzma), shown_(shown) {}
    ~LzmaDecoder() override { lzma_.end(&stream_); }

    Status begin(std::uint64_t memory) {
        const lzma_ret begun = kind_ == ArchiveKind::lzma ? lzma_.alone(&stream_, memory)
                               : kind_ == ArchiveKind::lzip
                                   ? lzma_.lzip(&stream_, memory, LZMA_CONCATENATED)
                                   : lzma_.xz(&stream_, memory, LZMA_CONCATENATED);
        if (begun == LZMA_OK) return {};
        return fail(ErrorKind::failed, "decompress", shown_, "liblzma has no memory");
    }

    Result<Step> run(ByteView in, MutableByteView out, Input input) override {
        if (ended_) {
            // As lzip does, which says that it ignores it. xz goes on to the input's end.
            is_over_ |= !in.empty();
            return Step{in.size(), 0};
        }
        stream_.next_in = in.data();
        stream_.avail_in = in.size();
        stream_.next_out = out.data();
        stream_.avail_out = out.size();
        const lzma_ret code = lzma_.code(&stream_, input == Input::ends ? LZMA_FINISH : LZMA_RUN);
        const Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
        switch (code) {
            case LZMA_OK:
            case LZMA_BUF_ERROR:  // it wants more input, of which there may be none
                return step;
            case LZMA_STREAM_END:
                ended_ = true;
                return step;
            case LZMA_MEMLIMIT_ERROR:
                return fail(ErrorKind::unsafe_input, "decompress", shown_,
                            "its window is over the limit", Advice::allow_memory);
            case LZMA_MEM_ERROR:
                return fail(ErrorKind::failed, "decompress", shown_, "liblzma has no memory");
            case LZMA_OPTIONS_ERROR:
                return fail(ErrorKind::unsafe_input, "decompress", shown_,
                            "it uses what liblzma does not know");
            default:
                return damaged_stream(shown_, kind_ == ArchiveKind::xz ? "its xz stream is damaged"
                                              : kind_ == ArchiveKind::lzip
                                                  ? "its lzip member is damaged"
                                                  : "its LZMA stream is damaged");
        }
    }
    bool at_boundary() const override { return ended_; }
    std::string_view ignored() const override {
        if (!is_over_) return {};
        return "something stands behind its last stream, and was not read";
    }

  private:
    const ArchiveKind kind_;
    const Lzma lzma_;
    const std::string shown_;
    lzma_stream stream_{};
    bool ended_ = false, is_over_ = false;
};

}  // namespace

Result<std::unique_ptr<StreamDecoder>> make_lzma_decoder(ArchiveKind kind, std::uint64_t memory,
                                                         const std::string& shown) {
    HOLT_TRY_LET(lzma, load(kind));
    auto decoder = std::make_unique<LzmaDecoder>(kind, lzma, shown);
    HOLT_TRY(decoder->begin(memory));
    return decoder;
}

}  // namespace holt::store

#else

namespace holt::store {

Result<std::unique_ptr<StreamDecoder>> make_lzma_decoder(ArchiveKind, std::uint64_t,
                                                         const std::string& shown) {
    return fail(ErrorKind::unsafe_input, "decompress", shown,
                "this build does not read xz, LZMA and lzip", "decompress it with `xz -d` first");
}

}  // namespace holt::store

#endif
