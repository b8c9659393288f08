#include "cli/parse/exclude_file.h"

#include <cerrno>
#include <fstream>
#include <iostream>

#include "base/error.h"

namespace holt::cli {
namespace {

Status read_lines(std::istream& in, const std::string& shown, std::vector<std::string>& globs) {
    std::string line;
    errno = 0;
    while (std::getline(in, line)) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with("\\#")) line.erase(0, 1);
        globs.push_back(line);
    }
    // A folder opens but cannot be read; the stream tells nothing more than errno does.
    if (in.bad() || (!in.eof() && errno != 0) || errno == EISDIR)
        return fail_errno(errno != 0 ? errno : EIO, "read globs from", shown);
    return {};
}

}  // namespace

Status read_globs(const std::string& file, std::vector<std::string>& globs) {
    if (file == "-") return read_lines(std::cin, "standard input", globs);
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail_errno(errno != 0 ? errno : EIO, "open exclude file", file);
    return read_lines(in, file, globs);
}

}  // namespace holt::cli
