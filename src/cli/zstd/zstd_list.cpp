// holt zstd -l: a line for each file as `zstd -l` prints it, with -v one for each frame too.
#include <fmt/format.h>

#include <algorithm>
#include <holt/zstd/tools.hpp>

#include "base/error.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/parse/args.h"
#include "cli/session/operation.h"
#include "cli/zstd/zstd_run.h"
#include "cli/zstd/zstd_tools.h"
#include "cli/zstd/zstd_words.h"

namespace holt::cli {
namespace {

struct FileFacts {
    std::uint64_t frames = 0, skips = 0, size = 0;
    std::optional<std::uint64_t> content_size = 0;  // nothing once a frame does not state it
    std::uint64_t window_size = 0;                  // the largest
    std::uint64_t with_checksum = 0;
    std::optional<std::uint32_t> checksum{};  // the last
    std::uint32_t dictionary_id = 0;          // 0: none, or several

    void add(const ZstdFrame& frame) {
        size += frame.size;
        if (frame.skippable) {
            ++skips;
            return;
        }
        ++frames;
        window_size = std::max(window_size, frame.window_size);
        if (frame.checksum) ++with_checksum;
        checksum = frame.checksum;
        const bool another = frames > 1 && dictionary_id != frame.dictionary_id;
        dictionary_id = another ? 0 : frame.dictionary_id;
        if (!frame.content_size || !content_size)
            content_size.reset();
        else
            *content_size += *frame.content_size;
    }
    void add(const FileFacts& other) {
        frames += other.frames;
        skips += other.skips;
        size += other.size;
        with_checksum += other.with_checksum;
        window_size = std::max(window_size, other.window_size);
        if (!other.content_size || !content_size)
            content_size.reset();
        else
            *content_size += *other.content_size;
    }
    std::string check() const {
        return with_checksum == 0 ? "None" : with_checksum == frames ? "XXH64" : "some";
    }
    double share() const {
        if (!content_size || size == 0) return 0;
        return static_cast<double>(*content_size) / static_cast<double>(size);
    }
    std::string ratio() const {
        return content_size && size > 0 ? fmt::format("{:.3f}", share()) : "";
    }
};

std::string content_text(const std::optional<std::uint64_t>& size) {
    return size ? size_text(*size) : "";
}

void add_row(Table& table, const FileFacts& facts, const std::string& name) {
    table.row({count_text(facts.frames), count_text(facts.skips), size_text(facts.size),
               content_text(facts.content_size), facts.ratio(), facts.check(), name});
}

std::string frame_text(const ZstdFrame& frame, std::uint64_t number) {
    std::string text =
        fmt::format("  {:>4} at byte {}: {}", number, frame.offset, size_text(frame.size));
    if (frame.skippable) return text + ", skippable";
    text += frame.content_size ? " of " + size_text(*frame.content_size) : " of unknown size";
    text += ", window " + size_text(frame.window_size);
    if (frame.dictionary_id != 0) text += fmt::format(", dictionary {}", frame.dictionary_id);
    return text + (frame.checksum ? fmt::format(", check {:08x}", *frame.checksum) : ", no check");
}

Json frame_json(const std::string& file, const ZstdFrame& frame) {
    Json line = json_line("frame");
    put_bytes(line, "input", file);
    line["offset"] = frame.offset;
    line["size"] = frame.size;
    line["skippable"] = frame.skippable;
    if (frame.skippable) return line;
    if (frame.content_size) line["content_size"] = *frame.content_size;
    line["window_size"] = frame.window_size;
    line["dictionary_id"] = frame.dictionary_id;
    if (frame.checksum) line["checksum"] = fmt::format("{:08x}", *frame.checksum);
    return line;
}

void put_facts(Json& line, const FileFacts& facts) {
    line["frames"] = facts.frames;
    line["skips"] = facts.skips;
    line["size"] = facts.size;
    if (facts.content_size) line["content_size"] = *facts.content_size;
    line["window_size"] = facts.window_size;
    line["checksums"] = facts.with_checksum;
}

/// One line as zstd has it: columns that scripts cut at blanks.
std::string plain_row(const FileFacts& facts, const std::string& name) {
    const std::string sizes = fmt::format("{:>6}  {:>5}  {}", facts.frames + facts.skips,
                                          facts.skips, zstd_size(facts.size, 6, 4));
    const char* const check = facts.with_checksum > 0 ? "XXH64" : "None";
    if (!facts.content_size) return fmt::format("{}{:>28}  {}", sizes, check, name);
    return fmt::format("{}  {}  {:5.3f}  {:>5}  {}", sizes, zstd_size(*facts.content_size, 8, 4),
                       facts.share(), check, name);
}

/// All about one file, as `zstd -lv` has it.
void tell_in_detail(Out& out, const FileFacts& facts, const std::string& name, int verbosity) {
    const auto size = [&](const char* what, std::uint64_t bytes) {
        const bool exactly = verbosity > 3;  // -vv
        out.line(fmt::format("{}: {} ({} B)", what,
                             exactly ? fmt::format("{} B", bytes) : zstd_size(bytes), bytes));
    };
    out.line(name + ' ');
    out.line(fmt::format("# Zstandard Frames: {}", facts.frames));
    if (facts.skips > 0) out.line(fmt::format("# Skippable Frames: {}", facts.skips));
    out.line(fmt::format("DictID: {}", facts.dictionary_id));
    size("Window Size", facts.window_size);
    size("Compressed Size", facts.size);
    if (facts.content_size) {
        size("Decompressed Size", *facts.content_size);
        out.line(fmt::format("Ratio: {:.4f}", facts.share()));
    }
    const bool one = facts.frames == 1 && facts.checksum;
    out.line("Check: " + (one                       ? fmt::format("XXH64 {:08x}", *facts.checksum)
                          : facts.with_checksum > 0 ? "XXH64"
                                                    : "None"));
    out.line("");
}

constexpr char kPlainTitle[] = "Frames  Skips  Compressed  Uncompressed  Ratio  Check  Filename";

class ListRun {
  public:
    ListRun(Session& session, const ZstdArgs& args)
        : session_(session), args_(args), verbose_(args.verbosity > 2) {}

    Result<int> run() {
        Operation operation(session_);
        if (plain_table()) session_.out().line(kPlainTitle);
        for (const std::string& file : args_.files) {
            const Status listed = one(file, operation.cancel());
            if (listed) continue;
            const bool alone = args_.files.size() == 1 && !session_.stands_in();
            if (alone || listed.error().kind == ErrorKind::cancelled)
                return std::unexpected(listed.error());
            failed(file, listed.error());
        }
        end();
        return worst_;
    }

  private:
    bool plain_table() const noexcept {
        return session_.stands_in() && !verbose_ && !session_.json();
    }

    Status one(const std::string& file, const Cancel* cancel) {
        FileFacts facts;
        std::vector<std::string> frames;
        HOLT_TRY(zstd_list(
            file,
            [&](const ZstdFrame& frame) {
                facts.add(frame);
                if (session_.json()) session_.emit(frame_json(file, frame));
                if (verbose_) frames.push_back(frame_text(frame, facts.frames + facts.skips));
            },
            cancel));
        ++whole_;
        all_.add(facts);
        tell(file, facts, frames);
        return {};
    }

    void tell(const std::string& file, const FileFacts& facts,
              const std::vector<std::string>& frames) {
        if (session_.json()) {
            Json line = json_line("file");
            put_bytes(line, "input", file);
            put_facts(line, facts);
            return session_.emit(line);
        }
        if (verbose_) {
            tell_in_detail(session_.out(), facts, printable(file), args_.verbosity);
            if (session_.stands_in()) return;
            for (const std::string& frame : frames) session_.out().line(frame);
            return;
        }
        if (session_.stands_in()) return session_.out().line(plain_row(facts, printable(file)));
        add_row(table_, facts, printable(file));
    }

    void failed(const std::string& file, const Error& error) {
        worst_ = std::max(worst_, session_.stands_in() ? 1 : exit_code(error.kind));
        const bool foreign = error.cause.starts_with("not a zstd frame");
        if (session_.stands_in() && foreign && !session_.json())
            return session_.out().line(
                fmt::format("File \"{}\" not compressed by zstd ", printable(file)));
        tell_zstd_failure(session_, args_, file, error);
    }

    void end() {
        if (session_.json()) {
            Json summary = session_.summary(worst_);
            summary["files"] = whole_;
            put_facts(summary, all_);
            return session_.emit(summary);
        }
        if (verbose_ || whole_ == 0) return;
        if (session_.stands_in()) {
            if (args_.files.size() < 2) return;
            session_.out().line(
                "----------------------------------------------------------------- ");
            return session_.out().line(plain_row(all_, fmt::format("{} files", whole_)));
        }
        if (whole_ > 1) add_row(table_, all_, count_text(whole_, "file"));
        table_.print(session_.out(), session_.out_style());
    }

    Session& session_;
    const ZstdArgs& args_;
    const bool verbose_;
    Table table_{{{.title = "Frames", .align = Align::right},
                  {.title = "Skips", .align = Align::right},
                  {.title = "Compressed", .align = Align::right},
                  {.title = "Uncompressed", .align = Align::right},
                  {.title = "Ratio", .align = Align::right},
                  {.title = "Check"},
                  {.title = "Filename"}}};
    FileFacts all_;
    int worst_ = 0;
    std::uint64_t whole_ = 0;
};

}  // namespace

Result<int> run_zstd_list(Session& session, const ZstdArgs& args) {
    if (args.files.empty()) return usage_error("zstd", "no FILE is named");
    return ListRun(session, args).run();
}

}  // namespace holt::cli
