// The command line is read the GNU way, and operands reach the commands byte for byte.
#include "cli/parse/args.h"

#include <gtest/gtest.h>

#include <map>

#include "cli/parse/options.h"

namespace holt::cli {
namespace {

class ArgsTest : public testing::Test {
  protected:
    /// The commands of these tests.
    void declare(const std::string& name, OptionTable& table) {
        if (name == "show") {
            add_operands(table, "FILE", operands_, "");
            add_value(table, "--name,-n", text_, "N", "");
            add_switch(table, "--name-only", flag_, "");
            add_switch(table, "-f,--force", flag_, "");
            add_value(table, "-o", text_, "OUT", "");
        } else if (name == "zstd") {
            add_operands(table, "FILE", operands_, "");
            add_value(table, "-#,--level", text_, "N", "");
            table.add("--fast", Option::Value::optional, &text_);
            table.add("-b", Option::Value::digits, &text_);
            table.add("-D", Option::Value::apart, &text_);
            add_switch(table, "-f", flag_, "");
        } else if (name == "copy") {
            add_operand(table, "A", text_, "")->required();
            add_operand(table, "B", text_, "")->required();
        }
    }

    /// Everything that was read, in its order; an operand as "=value".
    std::string read(const std::vector<std::string>& arguments) {
        OptionTable globals;
        add_value(globals, "--store", text_, "DIR", "");
        std::map<std::string, OptionTable> tables;
        const KnownCommands known{
            .names = {"show", "zstd", "snapshot", "copy", "cache list", "cache run"},
            .table = [&](const std::string& name) {
                OptionTable& table = tables.try_emplace(name, name).first->second;
                declare(name, table);
                return &table;
            }};
        const auto named = read_arguments(globals, known, arguments);
        if (!named) return "error: " + named.error().message();
        std::string out = words(globals);
        if (named->table == nullptr) return out + "; " + named->group;
        out += (out.empty() ? "" : " ") + named->table->command();
        if (!named->table->given().empty()) out += " " + words(*named->table);
        for (const std::string& extra : named->table->extra()) out += " extra=" + extra;
        if (const Option* missing = named->table->missing()) out += " without " + missing->name();
        return out;
    }

    static std::string words(const OptionTable& table) {
        std::string out;
        for (const auto& [option, value] : table.given()) {
            out += out.empty() ? "" : " ";
            if (!option->is_operand()) out += option->name();
            if (option->is_operand() || option->value() != Option::Value::none)
                out += (option->is_operand() ? "=" : " =") + value;
        }
        return out;
    }

    std::string text_;
    std::vector<std::string> operands_;
    bool flag_ = false;
};

TEST_F(ArgsTest, OptionsAndOperandsInAnyOrder) {
    EXPECT_EQ(read({"--store", "d", "show", "x", "-f", "y"}), "--store =d show =x --force =y");
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

TEST_F(ArgsTest, OperandsAreTakenByteForByte) {
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
    EXPECT_EQ(read({"show", "-fo", "x"}), "show --force -o =x");
    EXPECT_EQ(read({"show", "-fox"}), "show --force -o =x");
    EXPECT_EQ(read({"show", "-ff"}), "show --force --force");
}

TEST_F(ArgsTest, NumbersAreLevelsWhereACommandHasThem) {
    EXPECT_EQ(read({"zstd", "-19"}), "zstd --level =19");
    EXPECT_EQ(read({"zstd", "-3f"}), "zstd --level =3 -f");
    EXPECT_EQ(read({"zstd", "-f12"}), "zstd -f --level =12");
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

TEST_F(ArgsTest, DigitsBehindALetterLeaveTheLettersAfterThem) {
    EXPECT_EQ(read({"zstd", "-b1f"}), "zstd -b =1 -f");
    EXPECT_EQ(read({"zstd", "-bf"}), "zstd -b = -f");
    EXPECT_EQ(read({"zstd", "-b"}), "zstd -b =");
}

TEST_F(ArgsTest, AValueThatStandsApartLeavesTheLettersAfterIts) {
    EXPECT_EQ(read({"zstd", "-Df", "x"}), "zstd -D =x -f");
    EXPECT_EQ(read({"zstd", "-fD", "x"}), "zstd -f -D =x");
    EXPECT_EQ(read({"zstd", "-D=f", "x"}), "zstd -D =f =x");
}

TEST_F(ArgsTest, ACommandMayHaveTwoWords) {
    EXPECT_EQ(read({"cache", "list"}), "cache list");
    EXPECT_EQ(read({"cache", "--store", "d", "run"}), "--store =d cache run");
    EXPECT_EQ(read({"cache"}), "; cache");
    EXPECT_EQ(read({"cache", "lost"}),
              "error: cache: there is no command 'cache lost'; did you mean 'cache list'? see "
              "`holt cache --help`");
}

TEST_F(ArgsTest, OperandsFillTheirPlacesInOrder) {
    EXPECT_EQ(read({"copy"}), "copy without A");
    EXPECT_EQ(read({"copy", "x"}), "copy =x without B");
    EXPECT_EQ(read({"copy", "x", "y", "z"}), "copy =x =y extra=z");
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
