// holt zstd -l: a line for each file as `zstd -l` prints it, with -v one for each frame too.
#include <fmt/format.h>

#include <algorithm>
#include <holt/zstd_tools.hpp>

#include "base/error.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/session/operation.h"
#include "cli/zstd/zstd_tools.h"

namespace holt::cli {
namespace {

struct FileFacts {
    std::uint64_t frames = 0, skips = 0, size = 0;
    std::optional<std::uint64_t> content_size = 0;  // nothing once a frame does not state it
    std::uint64_t window_size = 0;                  // the largest
    std::uint64_t with_checksum = 0;

    void add(const ZstdFrame& frame) {
        size += frame.size;
        if (frame.skippable) {
            ++skips;
            return;
        }
        ++frames;
        window_size = std::max(window_size, frame.window_size);
        if (frame.checksum) ++with_checksum;
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
    std::string ratio() const {
        if (!content_size || size == 0) return "";
        return fmt::format("{:.3f}",
                           static_cast<double>(*content_size) / static_cast<double>(size));
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

}  // namespace

Result<int> run_zstd_list(Session& session, const ZstdArgs& args) {
    Operation operation(session);
    const bool verbose = session.globals().verbose;
    Table table({{.title = "Frames", .align = Align::right},
                 {.title = "Skips", .align = Align::right},
                 {.title = "Compressed", .align = Align::right},
                 {.title = "Uncompressed", .align = Align::right},
                 {.title = "Ratio", .align = Align::right},
                 {.title = "Check"},
                 {.title = "Filename"}});
    FileFacts all;
    int worst = 0;
    std::uint64_t whole = 0;
    for (const std::string& file : args.files) {
        FileFacts facts;
        std::vector<std::string> frames;
        const Status listed = zstd_list(
            file,
            [&](const ZstdFrame& frame) {
                facts.add(frame);
                if (session.json())
                    session.emit(frame_json(file, frame));
                else if (verbose)
                    frames.push_back(frame_text(frame, facts.frames + facts.skips));
            },
            operation.cancel());
        if (!listed) {
            if (args.files.size() == 1 || listed.error().kind == ErrorKind::cancelled)
                return std::unexpected(listed.error());
            tell_zstd_failure(session, file, listed.error());
            worst = std::max(worst, exit_code(listed.error().kind));
            continue;
        }
        ++whole;
        all.add(facts);
        if (session.json()) {
            Json line = json_line("file");
            put_bytes(line, "input", file);
            put_facts(line, facts);
            session.emit(line);
            continue;
        }
        add_row(table, facts, printable(file));
        if (!verbose) continue;
        session.out().line(printable(file));
        for (const std::string& frame : frames) session.out().line(frame);
    }
    if (session.json()) {
        Json summary = session.summary(worst);
        summary["files"] = whole;
        put_facts(summary, all);
        session.emit(summary);
        return worst;
    }
    if (whole > 1) add_row(table, all, count_text(whole, "file"));
    if (whole > 0) table.print(session.out(), session.out_style());
    return worst;
}

}  // namespace holt::cli
