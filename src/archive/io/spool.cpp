#include "archive/io/spool.h"

#include "fs/file.h"

namespace holt::store {

Result<std::unique_ptr<PlacedFile>> PlacedFile::open(FdSource& source, const StoreFolder& folder,
                                                     std::uint64_t limit) {
    std::unique_ptr<PlacedFile> file(new PlacedFile(source.shown()));
    if (source.fd() < 0) {
        HOLT_TRY(file->spool(source, folder, limit));
        return file;
    }
    HOLT_TRY_LET(stat, fs::stat_fd(source.fd(), source.shown()));
    if (stat.kind == fs::Kind::file) {
        file->fd_ = source.fd();
        file->size_ = stat.size;
        source.taken_elsewhere(stat.size);
    } else {
        HOLT_TRY(file->spool(source, folder, limit));
    }
    return file;
}

Status PlacedFile::spool(FdSource& source, const StoreFolder& folder, std::uint64_t limit) {
    HOLT_TRY_LET(tmp, folder.open_part("tmp"));
    tmp_ = std::move(tmp);
    HOLT_TRY_LET(file, fs::AtomicFile::create_unnamed(tmp_.get(), "archive", folder.shown("tmp")));
    for (;;) {
        HOLT_TRY_LET(bytes, source.next());
        if (bytes.empty()) break;
        if (bytes.size() > limit - file.size()) {
            return fail(ErrorKind::no_space, "import", shown_,
                        "the archive itself is over " + std::to_string(limit) + " bytes",
                        Advice::allow_content);
        }
        HOLT_TRY(file.write(bytes));
    }
    fd_ = file.fd();
    size_ = file.size();
    spooled_.emplace(std::move(file));
    return {};
}

Result<std::size_t> PlacedFile::read_at(std::uint64_t offset, MutableByteView into) {
    return fs::pread_full(fd_, into, offset, shown_);
}

}  // namespace holt::store
