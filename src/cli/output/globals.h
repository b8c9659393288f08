// The options that every command takes, before or after its name.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace holt::cli {

enum class ColorWhen : std::uint8_t { automatic, always, never };

struct Globals {
    std::optional<std::string> store{};             ///< --store
    std::optional<std::string> configured_store{};  ///< of a configuration file
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool timings = false;
    bool allow_network_store = false;
    ColorWhen color = ColorWhen::automatic;
    std::chrono::milliseconds lock_timeout{60'000};
    unsigned threads = 0;  ///< --threads; 0: as many as the machine allows
};

}  // namespace holt::cli
