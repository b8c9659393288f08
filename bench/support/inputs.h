// What the codec's benchmarks work on: the user's files, or Silesia's, a Python installation's
// joined by kind, float weights and random bytes. Thread rule: free functions.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace holt::bench {

struct Input {
    std::string name;
    Bytes bytes;
};

inline Bytes read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

inline Bytes unzip(const std::filesystem::path& path) {
    Bytes bytes;
    std::FILE* const pipe = popen(("unzip -p '" + path.string() + "'").c_str(), "r");
    if (pipe == nullptr) return bytes;
    std::uint8_t buffer[65536];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
        bytes.insert(bytes.end(), buffer, buffer + got);
    pclose(pipe);
    return bytes;
}

/// A file, or those in a folder; what ends in .zip is unpacked.
inline void add_path(std::vector<Input>& inputs, const std::filesystem::path& path) {
    if (std::filesystem::is_directory(path)) {
        for (const auto& entry : std::filesystem::directory_iterator(path))
            if (entry.is_regular_file()) add_path(inputs, entry.path());
        return;
    }
    const bool zipped = path.extension() == ".zip";
    inputs.push_back(
        {zipped ? path.stem() : path.filename(), zipped ? unzip(path) : read_file(path)});
}

/// Files of each kind from a Python installation, joined up to 8 MiB.
inline void add_python(std::vector<Input>& inputs) {
    namespace fs = std::filesystem;
    constexpr std::size_t kMost = std::size_t{8} << 20, kLeast = 100'000;
    const char* const home = std::getenv("HOME");
    std::vector<fs::path> paths;
    for (const fs::path& folder : {fs::path(home != nullptr ? home : "") / ".pyenv/versions",
                                   fs::path("/usr/lib/python3"), fs::path("/usr/lib/python3.11")}) {
        std::error_code ignored;
        for (fs::recursive_directory_iterator it(folder, ignored), end; it != end;
             it.increment(ignored))
            if (it->is_regular_file(ignored)) paths.push_back(it->path());
        if (!paths.empty()) break;
    }
    std::ranges::sort(paths);
    for (const char* const ending : {".py", ".pyc", ".so", ".js"}) {
        Bytes joined;
        for (const fs::path& path : paths) {
            if (path.extension() != ending || joined.size() > kMost) continue;
            const Bytes bytes = read_file(path);
            joined.insert(joined.end(), bytes.begin(), bytes.end());
        }
        joined.resize(std::min(joined.size(), kMost));
        if (joined.size() > kLeast) inputs.push_back({ending, std::move(joined)});
    }
}

/// Weights as a trained layer has them: a normal distribution, cut to 16 or 32 bits.
inline Bytes float_weights(std::size_t size, std::size_t bytes_each) {
    std::mt19937_64 random(7);
    std::normal_distribution<float> normal(0.0F, 0.02F);
    Bytes bytes;
    while (bytes.size() < size) {
        const float value = normal(random);
        std::uint8_t raw[4];
        std::memcpy(raw, &value, 4);
        bytes.insert(bytes.end(), raw + 4 - bytes_each, raw + 4);
    }
    return bytes;
}

inline Bytes random_bytes(std::size_t size) {
    std::mt19937_64 random(11);
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

/// The user's, if there are any.
inline std::vector<Input> find_inputs(const std::vector<std::string>& paths) {
    std::vector<Input> inputs;
    for (const std::string& path : paths) add_path(inputs, path);
    if (!inputs.empty()) return inputs;
    std::string silesia = "../shared/data/silesia";
    for (int up = 0; up < 4 && inputs.empty(); ++up, silesia = "../" + silesia)
        if (std::filesystem::is_directory(silesia)) add_path(inputs, silesia);
    add_python(inputs);
    inputs.push_back({"bf16", float_weights(4u << 20, 2)});
    inputs.push_back({"fp32", float_weights(4u << 20, 4)});
    inputs.push_back({"random", random_bytes(1u << 20)});
    return inputs;
}

}  // namespace holt::bench
