// The C.UTF-8 locale for the calling thread, for as long as this lives: names are bytes to us, and
// libarchive must not make other bytes of them. Thread rule: one object, one thread.
#pragma once

#include <locale.h>

namespace holt::store {

class Utf8Locale {
  public:
    Utf8Locale() noexcept : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (locale_ != nullptr) before_ = ::uselocale(locale_);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;
    ~Utf8Locale() {
        if (locale_ == nullptr) return;
        ::uselocale(before_);
        ::freelocale(locale_);
    }

  private:
    locale_t locale_ = nullptr, before_ = nullptr;
};

}  // namespace holt::store
