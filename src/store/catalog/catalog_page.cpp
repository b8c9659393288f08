#include "store/catalog/catalog_page.h"

#include <cstring>

#include "base/endian.h"
#include "codec/xxhash64/xxhash64.h"

namespace holt::store {
namespace {

constexpr int kPayload = kCatalogPageSize - kPageChecksumSize;

// In the header on page 1 (https://sqlite.org/fileformat2.html#the_database_header).
constexpr int kPageSizeAt = 16;  // big-endian u16
constexpr int kReservedBytesAt = 20;

}  // namespace

std::uint64_t page_checksum(ByteView page, std::uint64_t number) noexcept {
    std::uint8_t place[sizeof number];
    store_le(place, number);
    zstd::XxHash64 hash;
    hash.update(page);
    hash.update(place);
    return hash.digest();
}

CatalogPage with_checksum(const std::uint8_t* page, std::uint64_t number) noexcept {
    CatalogPage out;
    std::memcpy(out.data(), page, kPayload);
    store_le(out.data() + kPayload, page_checksum({page, kPayload}, number));
    return out;
}

bool has_checksum(const std::uint8_t* page, std::uint64_t number) noexcept {
    return page_checksum({page, kPayload}, number) == load_le<std::uint64_t>(page + kPayload);
}

bool has_room_for_checksums(const std::uint8_t* first_page) noexcept {
    return first_page[kPageSizeAt] == kCatalogPageSize >> 8 &&
           first_page[kPageSizeAt + 1] == (kCatalogPageSize & 0xFF) &&
           first_page[kReservedBytesAt] == kPageChecksumSize;
}

}  // namespace holt::store
