// holt_manual OUT: writes the manual pages (OUT/man1) and the completions of the shells (OUT/bash,
// OUT/zsh, OUT/fish), for the installation. The date is SOURCE_DATE_EPOCH's, else today's.
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/complete/scripts.h"
#include "cli/manual/man_page.h"
#include "cli/parse/command_line.h"

namespace {

using namespace holt::cli;

std::string today() {
    const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
    const std::time_t now = epoch != nullptr ? std::atoll(epoch) : std::time(nullptr);
    std::tm date{};
    ::gmtime_r(&now, &date);
    char text[16];
    std::strftime(text, sizeof text, "%Y-%m-%d", &date);
    return text;
}

void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: holt_manual OUT\n";
        return 2;
    }
    const std::filesystem::path out = argv[1];
    const PageFrame frame{.date = today(), .version = std::string(holt::version())};
    CommandLine line;
    write(out / "man1/holt.1",
          program_man_page(CommandLine::description(), line.infos(), line.globals_table(), frame));
    for (const CommandInfo& info : line.infos()) {
        std::string name = "holt-" + info.name + ".1";
        for (char& c : name) c = c == ' ' ? '-' : c;
        write(out / "man1" / name, man_page(info, *line.table_of(info.name), frame));
    }
    for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish})
        write(out / name(shell) /
                  (shell == Shell::zsh    ? "_holt"
                   : shell == Shell::fish ? "holt.fish"
                                          : "holt"),
              completion_script(shell));
    return 0;
}
