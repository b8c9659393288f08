// holt zstd --train: a dictionary from many small samples.
#include <fmt/format.h>

#include <holt/zstd/tools.hpp>

#include "base/error.h"
#include "cli/output/text.h"
#include "cli/session/operation.h"
#include "cli/zstd/zstd_tools.h"

namespace holt::cli {
namespace {

constexpr char kDefaultOutput[] = "dictionary";  // zstd's name for it

/// In zstd's words and with its exit code.
int tell_too_few(Session& session) {
    constexpr int kTooFew = 14;
    for (const char* line :
         {"!  Warning : nb of samples too low for proper processing ! ",
          "!  Please provide _one file per sample_. ",
          "!  Alternatively, split files into fixed-size blocks representative of samples, with "
          "-B# ",
          "Error 14 : nb of samples too low"})
        session.console().line(line);
    return kTooFew;
}

/// Too many samples for the limit, and a limit that was given, in zstd's words.
void tell_limit(Session& session, const ZstdArgs& args, const ZstdTrained& trained) {
    constexpr std::uint64_t kMega = 1 << 20;
    const auto tell = [&](const std::string& words) { session.console().line(words); };
    if (session.json() || args.verbosity < 1) return;
    if (args.train_memory > 0 && session.stands_in())
        tell(
            fmt::format("!  Warning : setting manual memory limit for dictionary training data at "
                        "{} MB ",
                        args.train_memory / kMega));
    if (trained.sample_bytes == trained.offered_bytes) return;
    tell(
        fmt::format("!  Warning : Training samples set too large ({} MB); training on {} MB "
                    "only...",
                    trained.offered_bytes / kMega, trained.sample_bytes / kMega));
}

}  // namespace

Result<int> run_zstd_train(Session& session, const ZstdArgs& args) {
    Operation operation(session);
    ZstdTrainOptions options{.id = args.dict_id,
                             .level = args.options.level,
                             .segment = args.segment,
                             .block_size = args.block_size,
                             .cancel = operation.cancel()};
    if (!session.console().terminal() && !session.json()) operation.reporter().hide_progress();
    if (args.max_dict > 0) options.max_size = args.max_dict;
    if (args.train_memory > 0) options.memory_limit = args.train_memory;
    const std::string output = args.output.empty() ? kDefaultOutput : args.output;
    auto made = zstd_train(args.files, output, options, operation.reporter());
    const bool too_few = !made && made.error().kind == ErrorKind::usage;
    if (too_few && session.stands_in() && !session.json()) return tell_too_few(session);
    HOLT_TRY_LET(trained, std::move(made));
    const auto time = operation.finish();
    tell_limit(session, args, trained);
    if (session.json()) {
        Json summary = session.summary(0);
        put_bytes(summary, "output", output);
        summary["samples"] = trained.samples;
        summary["sample_bytes"] = trained.sample_bytes;
        summary["offered_bytes"] = trained.offered_bytes;
        summary["size"] = trained.size;
        summary["dictionary_id"] = trained.id;
        summary["seconds"] = seconds(time);
        session.emit(summary);
        return 0;
    }
    if (args.verbosity >= 2)
        session.tell(fmt::format("{}: {} from {} of {}, id {}", printable(output),
                                 size_text(trained.size), count_text(trained.samples, "sample"),
                                 size_text(trained.sample_bytes), trained.id));
    return 0;
}

}  // namespace holt::cli
