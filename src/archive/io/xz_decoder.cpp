// xz through liblzma: several streams, with padding between them, and a limit on memory.
#include "archive/io/stream_decoder.h"

#if __has_include(<lzma.h>)

#include <lzma.h>

#include "archive/io/loaded_library.h"

namespace holt::store {
namespace {

struct Lzma {
    decltype(&::lzma_stream_decoder) stream_decoder = nullptr;
    decltype(&::lzma_code) code = nullptr;
    decltype(&::lzma_end) end = nullptr;
};

Result<Lzma> load() {
    static LoadedLibrary library("liblzma.so.5");
    static const Lzma lzma = [] {
        Lzma found;
        library.find(found.stream_decoder, "lzma_stream_decoder");
        library.find(found.code, "lzma_code");
        library.find(found.end, "lzma_end");
        return found;
    }();
    HOLT_TRY(library.check("a .tar.xz", "liblzma5"));
    return lzma;
}

class XzDecoder final : public StreamDecoder {
  public:
    XzDecoder(const Lzma& lzma, const std::string& shown) : lzma_(lzma), shown_(shown) {}
    ~XzDecoder() override { lzma_.end(&stream_); }

    Status begin(std::uint64_t memory) {
        if (lzma_.stream_decoder(&stream_, memory, LZMA_CONCATENATED) == LZMA_OK) return {};
        return fail(ErrorKind::failed, "decompress", shown_, "liblzma has no memory");
    }

    Result<Step> run(ByteView in, MutableByteView out, Input input) override {
        if (ended_) return Step{};
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
                return damaged_stream(shown_, "its xz stream is damaged");
        }
    }
    bool at_boundary() const override { return ended_; }

  private:
    const Lzma lzma_;
    const std::string shown_;
    lzma_stream stream_{};
    bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<StreamDecoder>> make_xz_decoder(std::uint64_t memory,
                                                       const std::string& shown) {
    HOLT_TRY_LET(lzma, load());
    auto decoder = std::make_unique<XzDecoder>(lzma, shown);
    HOLT_TRY(decoder->begin(memory));
    return decoder;
}

}  // namespace holt::store

#else

namespace holt::store {

Result<std::unique_ptr<StreamDecoder>> make_xz_decoder(std::uint64_t, const std::string& shown) {
    return fail(ErrorKind::unsafe_input, "decompress", shown, "this build does not read xz",
                "decompress it with `xz -d` first");
}

}  // namespace holt::store

#endif
