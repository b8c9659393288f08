// consumer STORE: makes a store there, takes a snapshot of a file, and reads it back.
#include <holt/snapshot.hpp>
#include <holt/store.hpp>

#include <array>
#include <iostream>
#include <string>

namespace {

holt::Result<std::string> own_magic(const std::string& store_path, const std::string& program) {
    auto store = holt::Store::init(store_path);
    if (!store) return std::unexpected(store.error());
    holt::Observer silent;
    const auto taken = store->snapshot(program, {.name = "self"}, silent);
    if (!taken) return std::unexpected(taken.error());
    auto snapshot = store->open_snapshot("self");
    if (!snapshot) return std::unexpected(snapshot.error());
    std::array<std::uint8_t, 4> magic{};
    const auto got = snapshot->read_at(program.substr(program.rfind('/') + 1), 0, magic);
    if (!got) return std::unexpected(got.error());
    return std::string(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(*got));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto magic = own_magic(argv[1], argv[0]);
    if (!magic) std::cerr << magic.error().message() << '\n';
    return magic && *magic == "\177ELF" ? 0 : 1;
}
