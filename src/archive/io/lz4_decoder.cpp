// lz4 frames through liblz4: several in a row, skippable ones too. A frame takes 9 MB at most.
#include "archive/io/stream_decoder.h"

#if __has_include(<lz4frame.h>)

#include <lz4frame.h>

#include "archive/io/loaded_library.h"

namespace holt::store {
namespace {

struct Lz4 {
    decltype(&::LZ4F_createDecompressionContext) create = nullptr;
    decltype(&::LZ4F_freeDecompressionContext) free = nullptr;
    decltype(&::LZ4F_decompress) decompress = nullptr;
    decltype(&::LZ4F_isError) is_error = nullptr;
};

Result<Lz4> load() {
    static LoadedLibrary library("liblz4.so.1");
    static const Lz4 lz4 = [] {
        Lz4 found;
        library.find(found.create, "LZ4F_createDecompressionContext");
        library.find(found.free, "LZ4F_freeDecompressionContext");
        library.find(found.decompress, "LZ4F_decompress");
        library.find(found.is_error, "LZ4F_isError");
        return found;
    }();
    HOLT_TRY(library.check("a .tar.lz4", "liblz4-1"));
    return lz4;
}

class Lz4Decoder final : public StreamDecoder {
  public:
    Lz4Decoder(const Lz4& lz4, LZ4F_dctx* context, const std::string& shown)
        : lz4_(lz4), context_(context), shown_(shown) {}
    ~Lz4Decoder() override { lz4_.free(context_); }

    Result<Step> run(ByteView in, MutableByteView out, Input) override {
        static constexpr std::uint8_t kNone = 0;  // at the end, what waits in it still comes out
        const std::uint8_t* const from = in.empty() ? &kNone : in.data();
        Step step{in.size(), out.size()};
        const std::size_t hint =
            lz4_.decompress(context_, out.data(), &step.produced, from, &step.consumed, nullptr);
        if (lz4_.is_error(hint) != 0) return damaged_stream(shown_, "its lz4 frame is damaged");
        if (step.consumed > 0 || step.produced > 0) boundary_ = hint == 0;
        return step;
    }
    bool at_boundary() const override { return boundary_; }

  private:
    const Lz4 lz4_;
    LZ4F_dctx* const context_;
    const std::string shown_;
    bool boundary_ = false;
};

}  // namespace

Result<std::unique_ptr<StreamDecoder>> make_lz4_decoder(const std::string& shown) {
    HOLT_TRY_LET(lz4, load());
    LZ4F_dctx* context = nullptr;
    if (lz4.is_error(lz4.create(&context, LZ4F_VERSION)) != 0)
        return fail(ErrorKind::failed, "decompress", shown, "liblz4 has no memory");
    return std::make_unique<Lz4Decoder>(lz4, context, shown);
}

}  // namespace holt::store

#else

namespace holt::store {

Result<std::unique_ptr<StreamDecoder>> make_lz4_decoder(const std::string& shown) {
    return fail(ErrorKind::unsafe_input, "decompress", shown, "this build does not read lz4",
                "decompress it with `lz4 -d` first");
}

}  // namespace holt::store

#endif
