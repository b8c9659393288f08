// The store's reserve: a little room on the device that is given back when there is no other, so
// that what frees room can be written down. Thread rule: independent calls from any thread; two at
// once do no harm.
#pragma once

#include "store/disk/store_folder.h"

namespace holt::store {

/// Makes the reserve, or makes it whole again; forced to the device.
Status fill_reserve(int store, const std::string& shown_store);

/// Gives the reserve back for as long as it lives, if the device has next to no room; at its end
/// what there is room for is taken again. That is never an error: the next one tries again.
class ReserveLoan {
  public:
    explicit ReserveLoan(const StoreFolder& folder);
    ~ReserveLoan();
    ReserveLoan(const ReserveLoan&) = delete;
    ReserveLoan& operator=(const ReserveLoan&) = delete;

  private:
    const StoreFolder& folder_;
};

}  // namespace holt::store
