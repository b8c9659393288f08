#include "support/store_fixture.h"

#include <fstream>
#include <iterator>
#include <random>

namespace holt::test {

void write_file(const std::filesystem::path& path, std::string_view content) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::string random_bytes(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

std::string code_like(std::size_t size, unsigned seed) {
    static constexpr const char* kWords[] = {"return ", "self.", "import ", "for ", "in ",
                                             "def ",    "value", "(",       ")",    ":\n    ",
                                             "== ",     "None",  "index",   "\n"};
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) text += kWords[random() % std::size(kWords)];
    text.resize(size);
    return text;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace holt::test
