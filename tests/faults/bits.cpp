// Every bit of what a store is made of: a pack, the catalog, the marks, an archive. A flipped one
// must be noticed by whoever reads that structure.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <holt/archive.hpp>

#include <algorithm>
#include <functional>

#include "codec/blake3/blake3.h"
#include "faults/campaign.h"
#include "faults/world.h"
#include "store/catalog/catalog.h"
#include "store/format/snapshot_marks.h"
#include "store/pack/pack_check.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kPerUnit = 1024;

/// A file, and whether its reader is content with it as it is now.
struct Subject {
    stdfs::path path;
    std::function<bool()> is_content;
};

/// One bit of a file, the other way round for as long as it lives.
class Flipped {
  public:
    Flipped(const stdfs::path& path, std::uint64_t bit)
        : fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)), bit_(bit) {
        flip();
    }
    ~Flipped() {
        flip();
        ::close(fd_);
    }
    Flipped(const Flipped&) = delete;
    Flipped& operator=(const Flipped&) = delete;

  private:
    void flip() const {
        char byte = 0;
        const auto at = static_cast<off_t>(bit_ / 8);
        if (::pread(fd_, &byte, 1, at) != 1) std::abort();
        byte = static_cast<char>(byte ^ (1 << (bit_ % 8)));
        if (::pwrite(fd_, &byte, 1, at) != 1) std::abort();
    }
    int fd_;
    std::uint64_t bit_;
};

std::string slurp_bytes(const stdfs::path& path) {
    std::string bytes(stdfs::file_size(path), '\0');
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (::read(fd, bytes.data(), bytes.size()) < 0) std::abort();
    ::close(fd);
    return bytes;
}

Subject pack_subject(const store::StoreFolder& folder, const Digest& id) {
    return {folder.shown(store::pack_object(id)), [&folder, id] {
                store::PackCheckScratch scratch;
                return store::check_pack(folder, id, scratch).is_whole();
            }};
}

Subject catalog_subject(const store::StoreFolder& folder) {
    return {folder.catalog_path(), [&folder] {
                auto catalog = store::Catalog::open(folder, store::Catalog::Mode::read_only, {});
                if (!catalog) return false;
                const auto problems = catalog->check();
                return problems && problems->empty();
            }};
}

// The marks say the same: not the same bytes, which the state of a record may differ in.
Subject marks_subject(const store::StoreFolder& folder) {
    const stdfs::path path = folder.shown("snapshots.log");
    const auto read = [path] {
        const std::string bytes = slurp_bytes(path);
        return store::decode_marks(as_bytes(bytes), "marks");
    };
    const auto whole = read();
    return {path, [read, whole] {
                const auto now = read();
                return now && now->damaged + now->doubtful == 0 &&
                       now->all.size() == whole->all.size();
            }};
}

Finding flip_all(const StoryWorld& world, std::uint64_t number, std::uint64_t& tried) {
    if (Finding made = world.make(); !made.empty()) return made;
    StoreModel model;
    for (const Op& op : make_story(1, 8)) {
        if (Finding found = world.run(op, model); !found.empty()) return found;
        model = after(model, op);
    }
    const auto folder = store::StoreFolder::open(world.store().string());
    if (!folder) return folder.error().message();
    const auto packs = folder->list_packs();
    if (!packs) return packs.error().message();
    std::vector<Subject> subjects;
    for (const Digest& id : *packs) {
        subjects.push_back(pack_subject(*folder, id));
        ::chmod(subjects.back().path.c_str(), 0644);
    }
    subjects.push_back(catalog_subject(*folder));
    subjects.push_back(marks_subject(*folder));
    std::uint64_t bits = 0;
    for (const Subject& subject : subjects) {
        if (!subject.is_content()) return subject.path.string() + " is not whole to begin with";
        bits += 8 * stdfs::file_size(subject.path);
    }
    // From where the unit before ended, round and round.
    for (std::uint64_t i = 0; i < kPerUnit; ++i) {
        std::uint64_t bit = (number * kPerUnit + i) % bits;
        auto subject = subjects.begin();
        for (; bit >= 8 * stdfs::file_size(subject->path); ++subject)
            bit -= 8 * stdfs::file_size(subject->path);
        const Flipped flipped(subject->path, bit);
        ++tried;
        if (subject->is_content())
            return "bit " + std::to_string(bit) + " of " + subject->path.filename().string() +
                   " was flipped, and nobody noticed";
    }
    return {};
}

}  // namespace

UnitResult bits_unit(std::uint64_t number, const CampaignPlace& place) {
    UnitResult result;
    const StoryWorld world(place.scratch / "bits");
    const ChildEnd end =
        run_child([&](std::uint64_t& tried) { return flip_all(world, number, tried); });
    result.tried = end.number;
    if (!end.finding.empty()) result.findings.push_back(end.finding);
    stdfs::remove_all(world.folder());
    return result;
}

}  // namespace holt::test
