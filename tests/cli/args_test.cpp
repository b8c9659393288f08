// The command line is read the GNU way, and operands reach the commands byte for byte.
#include "cli/parse/args.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace holt::cli {
namespace {

class ArgsTest : public testing::Test {
  protected:
    ArgsTest() {
        app_.add_option("--store", text_);
        CLI::App* show = app_.add_subcommand("show");
        show->add_option("--name,-n", text_);
        show->add_flag("--name-only", flag_);
        show->add_flag("-f,--force", flag_);
        show->add_option("-o", text_);
        CLI::App* zstd = app_.add_subcommand("zstd");
        zstd->add_option("-#,--level", text_);
        zstd->add_option("--fast", text_)->expected(0, 1);
        zstd->add_flag("-f", flag_);
        app_.add_subcommand("snapshot");
    }

    /// What normalise() makes, the guard shown as '='.
    std::string read(const std::vector<std::string>& arguments) {
        const auto result = normalise(app_, arguments);
        if (!result) return "error: " + result.error().message();
        std::string out;
        for (std::string word : *result) {
            if (word.starts_with(kGuard)) word[0] = '=';
            out += (out.empty() ? "" : " ") + word;
        }
        return out;
    }

    CLI::App app_{"", "holt"};
    std::string text_;
    bool flag_ = false;
};

TEST_F(ArgsTest, OptionsAndOperandsInAnyOrder) {
    EXPECT_EQ(read({"--store", "d", "show", "x", "-f", "y"}), "--store =d show =x -f =y");
    EXPECT_EQ(read({"show", "x", "--name=n"}), "show =x --name =n");
    EXPECT_EQ(read({"show", "--name", "-f"}),
              "show --name =-f");  // a value may look like an option
    EXPECT_EQ(read({"show", "--name="}), "show --name =");
    EXPECT_EQ(read({"show", "--name=a=b"}), "show --name =a=b");
}

TEST_F(ArgsTest, DoubleDashEndsTheOptions) {
    EXPECT_EQ(read({"show", "--", "-f", "--name", "--"}), "show =-f =--name =--");
    EXPECT_EQ(read({"--", "show", "-f"}), "show =-f");
}

TEST_F(ArgsTest, OperandsThatMeanSomethingToCli11StayOperands) {
    EXPECT_EQ(read({"show", "snapshot", "[a,b]", "", "{}", "++", "%%", "-"}),
              "show =snapshot =[a,b] = ={} =++ =%% =-");
}

TEST_F(ArgsTest, UniqueBeginningsOfLongOptions) {
    EXPECT_EQ(read({"show", "--forc"}), "show --force");
    EXPECT_EQ(read({"show", "--name", "x"}), "show --name =x");  // exact wins over longer
    EXPECT_EQ(read({"show", "--nam"}),
              "error: show: --nam may mean --name or --name-only; see `holt show --help`");
}

TEST_F(ArgsTest, ClustersOfShortOptions) {
    EXPECT_EQ(read({"show", "-fo", "x"}), "show -f -o =x");
    EXPECT_EQ(read({"show", "-fox"}), "show -f -o =x");
    EXPECT_EQ(read({"show", "-ff"}), "show -f -f");
}

TEST_F(ArgsTest, NumbersAreLevelsWhereACommandHasThem) {
    EXPECT_EQ(read({"zstd", "-19"}), "zstd -# =19");
    EXPECT_EQ(read({"zstd", "-3f"}), "zstd -# =3 -f");
    EXPECT_EQ(read({"zstd", "-f12"}), "zstd -f -# =12");
    EXPECT_EQ(read({"show", "-1"}), "error: show: there is no option '-1'; see `holt show --help`");
    EXPECT_EQ(read({"zstd", "-#"}), "error: zstd: there is no option '-#'; see `holt zstd --help`");
}

TEST_F(ArgsTest, AnOptionalValueStandsBehindEqualsOnly) {
    EXPECT_EQ(read({"zstd", "--fast", "file"}), "zstd --fast = =file");
    EXPECT_EQ(read({"zstd", "--fast=3"}), "zstd --fast =3");
}

TEST_F(ArgsTest, ErrorsNameWhatIsNear) {
    EXPECT_EQ(read({"snpashot"}),
              "error: usage: there is no command 'snpashot'; did you mean 'snapshot'? see `holt "
              "--help`");
    EXPECT_EQ(read({"show", "--forse"}),
              "error: show: there is no option --forse; did you mean '--force'? see `holt show "
              "--help`");
    EXPECT_EQ(read({"quux"}), "error: usage: there is no command 'quux'; see `holt --help`");
    EXPECT_EQ(read({"show", "--name"}),
              "error: show: --name needs a value; see `holt show --help`");
    EXPECT_EQ(read({"show", "-o"}), "error: show: -o needs a value; see `holt show --help`");
    EXPECT_EQ(read({"show", "--force=1"}),
              "error: show: --force takes no value; see `holt show --help`");
    EXPECT_EQ(read({"show", "--=x"}), "error: show: there is no option --; see `holt show --help`");
}

TEST(NearestTest, FindsTyposOnly) {
    const std::vector<std::string> known = {"snapshot", "show", "stats", "ls"};
    EXPECT_EQ(nearest("snapshoot", known), "snapshot");
    EXPECT_EQ(nearest("sanpshot", known), "snapshot");
    EXPECT_EQ(nearest("snap", known), "snapshot");
    EXPECT_EQ(nearest("sl", known), "ls");
    EXPECT_EQ(nearest("frobnicate", known), "");
    EXPECT_EQ(nearest("", known), "");
    EXPECT_EQ(nearest(std::string(5000, 's'), known), "");
}

}  // namespace
}  // namespace holt::cli
