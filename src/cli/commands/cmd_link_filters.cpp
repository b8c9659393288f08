// holt link-filters: makes the links by which the program stands in for zstd and gzip.
#include <filesystem>

#include "base/error.h"
#include "cli/parse/options.h"
#include "cli/parse/program_names.h"
#include "cli/session/command.h"

namespace holt::cli {
namespace {

namespace filesystem = std::filesystem;

class LinkFiltersCommand final : public Command {
  public:
    CommandInfo info() const override {
        return {.name = "link-filters",
                .group = "More",
                .description =
                    "Make links named zstd, unzstd, zstdcat, zstdmt, gzip, gunzip and zcat\n\nEach "
                    "is a symlink to this program in the folder DIR, which is made if need be. "
                    "With DIR in front of PATH, scripts use Holt in place of these programs. What "
                    "is there under such a name already is left alone and is an error, unless it "
                    "is that link, or -f is given.",
                .examples =
                    "Examples:\n"
                    "  holt link-filters ~/filters\n"
                    "  PATH=~/filters:$PATH tar --zstd -cf folder.tar.zst folder"};
    }

    void define(OptionTable& table) override {
        add_operand(table, "DIR", folder_, "the folder for the links")->required();
        add_switch(table, "-f,--force", force_, "replace other files of these names");
    }

    Result<int> run(Session& session) override {
        if (folder_.empty()) return usage_error("link-filters", "DIR is empty");
        std::error_code error;
        const filesystem::path program = filesystem::read_symlink("/proc/self/exe", error);
        if (error) return fail_errno(error.value(), "find", "/proc/self/exe");
        filesystem::create_directories(folder_, error);
        if (error) return fail_errno(error.value(), "make folder", folder_);
        // All are looked at before one is made.
        for (const std::string_view name : filter_names()) HOLT_TRY(check(place_of(name), program));
        for (const std::string_view name : filter_names()) HOLT_TRY(link(place_of(name), program));
        session.tell(printable(folder_) + ": links to " + printable(program.string()));
        if (session.json()) {
            Json summary = session.summary(0);
            put_bytes(summary, "folder", folder_);
            summary["links"] = filter_names().size();
            session.emit(summary);
        }
        return 0;
    }

  private:
    filesystem::path place_of(std::string_view name) const {
        return filesystem::path(folder_) / name;
    }

    static bool is_that_link(const filesystem::path& place, const filesystem::path& program) {
        std::error_code error;
        return filesystem::is_symlink(place, error) &&
               filesystem::read_symlink(place, error) == program;
    }

    Status check(const filesystem::path& place, const filesystem::path& program) const {
        std::error_code error;
        const auto there = filesystem::symlink_status(place, error);
        const bool other = filesystem::exists(there) && !is_that_link(place, program);
        if (!other) return {};
        if (filesystem::is_directory(there))
            return fail(ErrorKind::failed, "link", place.string(), "it is a folder",
                        "choose another DIR");
        if (force_) return {};
        return fail(ErrorKind::failed, "link", place.string(), "it exists already",
                    "give -f to replace it, or choose another DIR");
    }

    static Status link(const filesystem::path& place, const filesystem::path& program) {
        if (is_that_link(place, program)) return {};
        std::error_code error;
        filesystem::remove(place, error);
        if (!error) filesystem::create_symlink(program, place, error);
        if (error) return fail_errno(error.value(), "link", place.string());
        return {};
    }

    std::string folder_;
    bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_link_filters_command() {
    return std::make_unique<LinkFiltersCommand>();
}

}  // namespace holt::cli
