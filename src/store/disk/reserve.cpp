#include "store/disk/reserve.h"

#include <new>
#include <string>

#include "base/bytes.h"
#include "fs/file.h"
#include "fs/paths.h"

namespace holt::store {
namespace {

constexpr std::string_view kReserve = "reserve";

// A journal of a few hundred pages fits in: with that much free nothing has to be given back.
constexpr std::uint64_t kEnough = 4u << 20;

}  // namespace

Status fill_reserve(int store, const std::string& shown_store) {
    const std::string shown = shown_store + "/" + std::string(kReserve);
    HOLT_TRY_LET(file, fs::open_or_create(store, std::string(kReserve), 0666, shown));
    // Really allocated, also where fallocate is not known and where zeros would be compressed.
    Bytes filler(kReserveSize);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : filler) {
        state = state * 1664525 + 1013904223;  // Numerical Recipes' linear congruence
        byte = static_cast<std::uint8_t>(state >> 24);
    }
    HOLT_TRY(fs::pwrite_full(file.get(), filler, 0, shown));
    return fs::sync_fd(file.get(), shown);
}

ReserveLoan::ReserveLoan(const StoreFolder& folder) : folder_(folder) {
    const std::string shown = folder.shown(kReserve);
    const auto space = fs::free_space(folder.fd(), shown);
    if (!space || space->available >= kEnough) return;
    const auto file = fs::open_read_write(folder.fd(), std::string(kReserve), shown);
    if (file) static_cast<void>(fs::set_size(file->get(), 0, shown));
}

ReserveLoan::~ReserveLoan() {
    try {
        // Also what an earlier one could not take again.
        const std::string shown = folder_.shown(kReserve);
        const auto stat = fs::stat_at(folder_.fd(), std::string(kReserve), shown);
        if (stat && stat->size >= kReserveSize) return;
        static_cast<void>(fill_reserve(folder_.fd(), folder_.path()));
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace holt::store
