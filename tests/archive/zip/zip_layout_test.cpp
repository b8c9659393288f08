// What is written where numbers pass 16 and 32 bits, read back by our own reader.
#include <gtest/gtest.h>

#include "archive/zip/zip_layout.h"
#include "archive/zip/zip_support.h"
#include "codec/gzip/crc32.h"

namespace holt::store {
namespace {

std::string text_of(const Bytes& bytes) {
    return std::string(as_text(bytes));
}

TEST(ZipLayout, MoreEntriesThanFitIn16Bits) {
    for (const std::size_t count : {65'534u, 65'535u, 70'000u}) {
        zip::Layout layout;
        Bytes bytes;
        for (std::size_t i = 0; i < count; ++i)
            layout.add({.name = std::to_string(i), .mode = 0644}, {}, bytes);
        const Bytes end = layout.finish();
        bytes.insert(bytes.end(), end.begin(), end.end());
        const auto read = read_zip(text_of(bytes));
        ASSERT_TRUE(read) << read.error().message();
        ASSERT_EQ(read->size(), count);
        EXPECT_EQ(read->back().entry.path, std::to_string(count - 1));
    }
}

// A file that may pass 32 bits has room for more in its header and behind its content.
TEST(ZipLayout, ALargeFileInPieces) {
    using Part = zip::Item::Part;
    for (const std::uint64_t size : {std::uint64_t{5} << 20, std::uint64_t{5} << 30}) {
        zip::Layout layout;
        Bytes bytes;
        // Stored blocks of deflate: two that are not the last, and the last.
        const std::string pieces[] = {{"\0\3\0\xfc\xff"
                                       "abc",
                                       8},
                                      {"\0\1\0\xfe\xff"
                                       "d",
                                       6},
                                      {"\1\2\0\xfd\xff"
                                       "ef",
                                       7}};
        const std::string contents[] = {"abc", "d", "ef"};
        for (std::size_t i = 0; i < 3; ++i) {
            zip::Item item{.part = i == 0 ? Part::first : i == 1 ? Part::middle : Part::last};
            if (i == 0) {
                item.name = "f";
                item.file_size = size;
            }
            layout.add(item,
                       {.bytes = as_bytes(pieces[i]),
                        .method = zip::kDeflate,
                        .crc = gzip::crc32(0, as_bytes(contents[i])),
                        .size = contents[i].size()},
                       bytes);
        }
        layout.add({.name = "z"}, {}, bytes);
        const Bytes end = layout.finish();
        bytes.insert(bytes.end(), end.begin(), end.end());
        const auto read = read_zip(text_of(bytes));
        ASSERT_TRUE(read) << read.error().message();
        EXPECT_EQ(read->at(0).content, "abcdef");
        EXPECT_EQ(read->size(), 2u);
    }
}

}  // namespace
}  // namespace holt::store
