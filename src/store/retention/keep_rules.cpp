// The public values of holt/retention.hpp.
#include <holt/retention.hpp>

namespace holt {

std::string text_of(const CalendarSpan& span) {
    std::string text;
    const auto put = [&](int number, char unit) {
        if (number > 0) text += std::to_string(number) + unit;
    };
    put(span.years, 'y');
    put(span.months, 'm');
    put(span.days, 'd');
    put(span.hours, 'h');
    return text.empty() ? "0h" : text;
}

bool KeepRules::any() const noexcept {
    return last != 0 || by_age() || !tags.empty();
}

bool KeepRules::by_age() const noexcept {
    return hourly != 0 || daily != 0 || weekly != 0 || monthly != 0 || yearly != 0 || within ||
           unused;
}

}  // namespace holt
