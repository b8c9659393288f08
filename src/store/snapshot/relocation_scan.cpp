#include "store/snapshot/relocation_scan.h"

#include <algorithm>
#include <utility>

#include "base/endian.h"
#include "relocation/analyze.h"
#include "relocation/marshal.h"
#include "relocation/splices.h"
#include "store/format/cache_fields.h"
#include "store/format/relocation_codec.h"

namespace holt::store {
namespace {

using relocation::Class;
using relocation::Form;
using relocation::Hit;
using relocation::Layout;
using relocation::Place;
using relocation::Relocation;
using relocation::Side;
using relocation::Splices;

constexpr std::string_view kCacheFolder = "__pycache__";

// A .pyc whose flags say that it holds for a source of this time and size (PEP 552).
std::optional<std::uint32_t> stated_source_size(ByteView content, std::string_view path) {
    const bool is_pyc = path.ends_with(".pyc") && content.size() >= relocation::kPycHeader &&
                        content[2] == '\r' && content[3] == '\n';
    if (!is_pyc || load_le<std::uint32_t>(&content[relocation::kPycFlags]) != 0)
        return std::nullopt;
    return load_le<std::uint32_t>(&content[relocation::kPycSize]);
}

// "x.cpython-311.pyc", "x.cpython-311.opt-1.pyc", and beside the source "x.pyc", to "x.py".
std::string source_name(std::string_view pyc, bool in_cache) {
    std::string_view stem = pyc.substr(0, pyc.size() - std::string_view(".pyc").size());
    if (in_cache) {
        const std::size_t level = stem.rfind(".opt-");
        if (level != stem.npos) stem = stem.substr(0, level);
        stem = stem.substr(0, stem.rfind('.'));
    }
    return std::string(stem) + ".py";
}

}  // namespace

// Of folders that are saved together, each is one of the root (cache_folder_name).
relocation::Where RelocationScan::where(std::string_view path) const {
    if (prefixes_.folders() < 2) return {path};
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    std::size_t folder = 0;
    while (folder < prefixes_.folders() && cache_folder_name(folder) != name) ++folder;
    return {path.substr(std::min(slash + 1, path.size())), folder};
}

ByteRange RelocationScan::place(FileItem& item, const std::string& path, Bytes& data) const {
    const ByteRange whole{item.offset, item.length};
    const ByteView content = ByteView(data).subspan(item.offset, item.length);
    item.source_size = stated_source_size(content, path);
    const std::vector<Hit> hits = finder_.find(content);
    if (hits.empty() || !item.holes.empty()) return whole;
    const auto found =
        relocation::analyze(content, where(path), prefixes_, hits, Layout::one_length);
    if (!found) return whole;
    Bytes encoded = encode_relocation(*found);
    const auto splices = Splices::make(*found, Side::original, Side::stored);
    const std::uint64_t size = splices ? splices->size_of(content.size()) : 0;
    if (!splices || size > kMaxChunk || encoded.size() > kMaxRelocation) return whole;
    Bytes stored;
    stored.reserve(static_cast<std::size_t>(size));
    if (!splices->apply(0, content, stored)) return whole;
    item.relocation = std::move(encoded);
    item.offset = data.size();
    item.length = stored.size();
    data.insert(data.end(), stored.begin(), stored.end());
    return whole;
}

Bytes RelocationScan::places_of(ByteView content, const std::string& path,
                                const std::vector<Hit>& hits) const {
    auto found = relocation::analyze(content, where(path), prefixes_, hits, Layout::same_length);
    if (!found) {
        found =
            Relocation{.kind = Class::binary, .layout = Layout::same_length, .prefixes = prefixes_};
        for (const Hit& hit : hits)
            found->places.push_back({.form = Form::keep,
                                     .offset = hit.offset,
                                     .pattern = {relocation::Prefixes::byte_of(hit.prefix)}});
    }
    Bytes encoded = encode_relocation(*found);
    if (encoded.size() > kMaxRelocation) encoded.clear();
    return encoded;
}

// A source comes before its .pyc files: beside it by its name, and its folder before those in it.
void RelocationScan::add_source_places(Slice& slice) const {
    FolderState& folder = *slice.folder;
    const bool in_cache =
        folder.parent != nullptr && folder.path.substr(folder.path.rfind('/') + 1) == kCacheFolder;
    const auto& sources = in_cache ? folder.parent->sources : folder.sources;
    for (std::size_t i = 0; i < slice.entries.size(); ++i) {
        TreeEntry& entry = slice.entries[i];
        if (!entry.relocation.empty() && entry.name.ends_with(".py"))
            folder.sources.emplace(entry.name, entry);
        const auto size = slice.source_sizes.find(i);
        if (size == slice.source_sizes.end() || entry.left_out != LeftOut::no) continue;
        const auto source = sources.find(source_name(entry.name, in_cache));
        if (source != sources.end() && source->second.size == size->second)
            add_source_place(entry, source->second, size->second);
    }
}

void RelocationScan::add_source_place(TreeEntry& pyc, const TreeEntry& source,
                                      std::uint32_t size) const {
    const auto places = relocation_of(source);
    if (!places) return;
    Relocation relocation{.kind = Class::pyc, .prefixes = prefixes_};
    if (!pyc.relocation.empty()) {
        auto known = relocation_of(pyc);
        if (!known) return;
        relocation = *std::move(known);
    }
    if (!relocation.places.empty() && relocation.places.front().offset <= relocation::kPycSize)
        return;
    Place place{.form = Form::source, .offset = relocation::kPycSize, .number = size};
    place.source = places->places;
    relocation.places.insert(relocation.places.begin(), std::move(place));
    Bytes encoded = encode_relocation(relocation);
    if (encoded.size() <= kMaxRelocation) pyc.relocation = std::move(encoded);
}

}  // namespace holt::store
