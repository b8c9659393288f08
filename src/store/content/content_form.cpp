#include "store/content/content_form.h"

#include <utility>

#include "store/format/relocation_codec.h"

namespace holt::store {
namespace {

using relocation::Side;
using relocation::Splices;

std::unexpected<Error> wrong(const TreeEntry& entry) {
    return fail(ErrorKind::corrupt, "read file", entry.name,
                "what is stored does not have the places that its tree says", Advice::verify_store);
}

}  // namespace

Result<ContentForm> ContentForm::of(const TreeEntry& entry) {
    ContentForm form;
    if (entry.relocation.empty()) return form;
    HOLT_TRY_LET(relocation, relocation_of(entry));
    const Side wanted = entry.moved_to.empty() ? Side::original : Side::moved;
    auto splices = Splices::make(relocation, Side::stored, wanted, entry.moved_to);
    if (!splices) return wrong(entry);
    form.splices_ = *std::move(splices);
    return form;
}

Result<ByteView> ContentForm::apply(std::uint64_t offset, ByteView stored) {
    if (splices_.empty()) return stored;
    bytes_.clear();
    if (!splices_.apply(offset, stored, bytes_)) return wrong({});
    return bytes_;
}

Result<std::optional<Splices>> back_to_original(const TreeEntry& entry) {
    if (entry.relocation.empty() || entry.moved_to.empty()) return std::nullopt;
    HOLT_TRY_LET(relocation, relocation_of(entry));
    auto splices = Splices::make(relocation, Side::moved, Side::original, entry.moved_to);
    if (!splices) return wrong(entry);
    return splices;
}

}  // namespace holt::store
