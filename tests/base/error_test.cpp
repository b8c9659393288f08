// Proves: messages name operation, object, cause and advice; control bytes never reach a terminal.
#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace holt {
namespace {

TEST(Error, MessageNamesOperationObjectCauseAndAdvice) {
    const Error error = fail(ErrorKind::corrupt, "read pack", "ab", "short", "run repair").error();
    EXPECT_EQ(error.message(), "read pack 'ab': short; run repair");
    EXPECT_EQ(exit_code(error.kind), 14);
}

TEST(Error, FullDiskIsNoSpace) {
    EXPECT_EQ(fail_errno(ENOSPC, "write", "x").error().kind, ErrorKind::no_space);
    EXPECT_EQ(fail_errno(EDQUOT, "write", "x").error().kind, ErrorKind::no_space);
    EXPECT_EQ(fail_errno(EACCES, "write", "x").error().kind, ErrorKind::failed);
    EXPECT_NE(fail_errno(EACCES, "write", "x").error().message().find("Permission denied"),
              std::string::npos);
}

TEST(Error, PrintableEscapesControlsAndInvalidUtf8) {
    EXPECT_EQ(printable("a\nb\x1b[31m"), "a\\nb\\x1b[31m");
    EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(printable("a\\b"), "a\\\\b");
    EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
}

}  // namespace
}  // namespace holt
