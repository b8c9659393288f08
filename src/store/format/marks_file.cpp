#include "store/format/marks_file.h"

#include <cerrno>
#include <utility>

#include "base/guard.h"
#include "fs/file.h"

namespace holt::store {
namespace {

constexpr std::uint64_t kMaxSize = 1u << 30;  // 16 million records

std::string shown_marks(const std::string& shown_store) {
    return shown_store + "/" + kMarksName;
}

std::unexpected<Error> unusable(const std::string& shown, const char* cause) {
    return fail(ErrorKind::corrupt, "open snapshot marks", shown, cause, Advice::repair_store);
}

// All of the file, or `corrupt` when there is none.
struct OpenMarks {
    UniqueFd fd;
    Bytes content;
};
Result<OpenMarks> open_marks(Result<UniqueFd> fd, const std::string& shown) {
    if (!fd) {
        const int err = fd.error().sys_errno;
        if (err == ENOENT) return unusable(shown, "it is missing");
        if (err == ELOOP || err == EISDIR || err == ENXIO)
            return unusable(shown, "it is not a file");
        return std::unexpected(std::move(fd).error());
    }
    HOLT_TRY_LET(stat, fs::stat_fd(fd->get(), shown));
    if (stat.kind != fs::Kind::file) return unusable(shown, "it is not a file");
    if (stat.size > kMaxSize) return unusable(shown, "it is larger than any such file");
    Bytes content(static_cast<std::size_t>(stat.size));
    HOLT_TRY_LET(got, fs::pread_full(fd->get(), content, 0, shown));
    content.resize(got);
    return OpenMarks{*std::move(fd), std::move(content)};
}

Bytes encode_all(std::span<const Mark> marks, std::uint64_t offset) {
    Bytes out;
    for (const Mark& mark : marks) encode_mark(mark, offset + out.size(), out);
    return out;
}

Bytes encode_file(std::span<const Mark> marks) {
    Bytes file = encode_marks_header();
    const Bytes records = encode_all(marks, file.size());
    file.insert(file.end(), records.begin(), records.end());
    return file;
}

}  // namespace

Result<fs::AtomicFile> prepare_marks(int tmp, std::span<const Mark> marks,
                                     const std::string& shown_tmp) {
    HOLT_TRY_LET(file, fs::AtomicFile::create_locked(tmp, kMarksName, shown_tmp, 0666));
    HOLT_TRY(file.write(encode_file(marks)));
    HOLT_TRY(file.sync());
    return file;
}

Status put_marks(fs::AtomicFile prepared, int store, const std::string& shown_store) {
    return prepared.commit(store, kMarksName, shown_marks(shown_store), fs::IfExists::replace,
                           fs::Durability::synced);
}

Status write_marks(int store, std::span<const Mark> marks, const std::string& shown_store) {
    const std::string shown = shown_marks(shown_store);
    HOLT_TRY_LET(file, fs::open_or_create(store, kMarksName, 0666, shown));
    HOLT_TRY(fs::set_size(file.get(), 0, shown));
    HOLT_TRY(fs::pwrite_full(file.get(), encode_file(marks), 0, shown));
    return fs::sync_fd(file.get(), shown);
}

Result<Marks> read_marks(int store, const std::string& shown_store) {
    const std::string shown = shown_marks(shown_store);
    HOLT_TRY_LET(file, open_marks(fs::open_read(store, kMarksName, shown), shown));
    return decode_marks(file.content, shown);
}

Result<MarksWriter> MarksWriter::open(int store, const std::string& shown_store,
                                      const IsCommitted& is_committed) {
    const std::string shown = shown_marks(shown_store);
    HOLT_TRY_LET(file, open_marks(fs::open_read_write(store, kMarksName, shown), shown));
    HOLT_TRY_LET(marks, decode_marks(file.content, shown));
    MarksWriter writer(std::move(file.fd), shown);
    HOLT_TRY(writer.settle_earlier(marks, is_committed));
    // What is longer would stand behind the next record and be taken for more of them.
    if (file.content.size() > writer.end_)
        HOLT_TRY(fs::set_size(writer.fd_.get(), writer.end_, shown));
    return writer;
}

Status MarksWriter::settle_earlier(const Marks& marks, const IsCommitted& is_committed) {
    end_ = marks.end;
    const auto labels = marks.labels(Marks::Which::all);
    const auto happened = [&](const Mark& mark) -> Result<bool> {
        if (mark.kind != MarkKind::labelled) {
            HOLT_TRY_LET(in_catalog, is_committed(mark));
            return in_catalog == (mark.kind == MarkKind::committed);
        }
        const auto all = labels.find(mark.id);
        if (all == labels.end()) return false;
        Mark whole = mark;
        whole.name = all->second;
        return is_committed(whole);
    };
    for (auto placed = marks.all.rbegin(); placed != marks.all.rend(); ++placed) {
        const auto& [mark, offset] = *placed;
        if (mark.state == MarkState::settled) continue;
        HOLT_TRY_LET(done, happened(mark));
        if (done) {
            constexpr auto kSettled = static_cast<std::uint8_t>(MarkState::settled);
            HOLT_TRY(fs::pwrite_full(fd_.get(), {&kSettled, 1}, offset, shown_));
        } else if (offset + mark_size(mark) == end_) {
            end_ = offset;
        }
    }
    return {};
}

Result<Marks> MarksWriter::read() const {
    Bytes content(static_cast<std::size_t>(end_));
    HOLT_TRY_LET(got, fs::pread_full(fd_.get(), content, 0, shown_));
    content.resize(got);
    return decode_marks(content, shown_);
}

Status MarksWriter::write(MarkState state) {
    for (Mark& mark : marks_) mark.state = state;
    HOLT_TRY(fs::pwrite_full(fd_.get(), encode_all(marks_, end_), end_, shown_));
    return guard("fsync of a mark") ? fs::sync_data(fd_.get(), shown_) : Status();
}

Status MarksWriter::append(std::vector<Mark> marks) {
    marks_ = std::move(marks);
    return write(MarkState::pending);
}

Status MarksWriter::settle() {
    // The same bytes but for the states: whatever part of them reaches the device, each record is
    // either pending or settled.
    Status settled = write(MarkState::settled);
    if (settled) return settled;
    Error error = std::move(settled).error();
    error.advice_code = Advice::none;
    error.advice =
        "the snapshot is in the catalog, but it is not certain that a repair without the catalog "
        "would find it; the next snapshot, or a repair, mends that";
    return std::unexpected(std::move(error));
}

}  // namespace holt::store
