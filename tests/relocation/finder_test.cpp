#include "relocation/finder.h"

#include <gtest/gtest.h>

#include <random>

namespace holt::relocation {
namespace {

Prefixes prefixes(const std::string& given, const std::string& real) {
    return *Prefixes::make(given, real);
}
Prefixes prefixes(const std::string& path) {
    return prefixes(path, path);
}

std::vector<std::size_t> places(const Prefixes& of, std::string_view text) {
    std::vector<std::size_t> found;
    for (const Hit& hit : Finder(of).find_in_text(as_bytes(text))) found.push_back(hit.offset);
    return found;
}

TEST(Finder, APathInsideALongerNameIsNotFound) {
    const Prefixes of = prefixes("/opt/a");
    EXPECT_EQ(places(of, "/opt/ab /opt/a.b /opt/a-b /opt/a_b /opt/a9"), std::vector<std::size_t>{});
    EXPECT_EQ(places(of, "/opt/a/b:/opt/a\"/opt/a"), (std::vector<std::size_t>{0, 9, 16}));
}

TEST(Finder, OfTwoPathsThatBeginAtOnePlaceTheLongerIsMeant) {
    const std::vector<Hit> hits =
        Finder(prefixes("/opt/a", "/opt/a/b")).find(as_bytes("/opt/a/b/c /opt/a/c /opt/a/bc"));
    // The last begins "/opt/a", and "/opt/a/b" does not end there.
    EXPECT_EQ(hits, (std::vector<Hit>{{0, 1}, {11, 0}, {20, 0}}));
}

TEST(Finder, AHitAcrossTheEdgeOfTwoPiecesIsFoundOnce) {
    const Prefixes of = prefixes("/opt/env", "/data/real/env");
    const std::string text = "xx /opt/env/a /data/real/env/b /opt/envy /opt/env";
    const Finder finder(of);
    const std::vector<Hit> whole = finder.find(as_bytes(text));
    ASSERT_EQ(whole.size(), 4u);
    EXPECT_TRUE(whole[2].open);
    for (std::size_t step = 1; step <= text.size(); ++step) {
        std::vector<Hit> hits;
        std::size_t from = 0;
        for (std::size_t end = std::min(step, text.size());;
             end = std::min(end + step, text.size())) {
            const bool last = end == text.size();
            from = finder.find(as_bytes(text).first(end), from,
                               last ? Finder::Piece::ends : Finder::Piece::goes_on, 0, hits);
            if (last) break;
        }
        EXPECT_EQ(hits, whole) << "pieces of " << step;
    }
}

TEST(Finder, EachKernelFindsWhatThePlainSearchFinds) {
    std::mt19937 random(1);
    const std::string letters = "/opten";
    for (int round = 0; round < 300; ++round) {
        std::string text;
        const std::size_t size = random() % 300;
        for (std::size_t i = 0; i < size; ++i) text += letters[random() % letters.size()];
        for (int i = 0; i < 3 && size > 20; ++i) text.replace(random() % (size - 9), 8, "/opt/env");
        const Needles needles{.length = {8, 4}, .last = {'v', 't'}};
        const auto* data = as_bytes(text).data();
        for (std::size_t at = 0; at <= size; ++at) {
            const std::size_t plain = next_candidate_plain(data, at, size, needles);
            ASSERT_EQ(next_candidate_sse2(data, at, size, needles), plain);
#if defined(__x86_64__)
            if (__builtin_cpu_supports("avx2")) {
                ASSERT_EQ(next_candidate_avx2(data, at, size, needles), plain);
            }
#endif
        }
    }
}

// Folders that are saved together: each is found, and told apart, however many there are.
TEST(Finder, ManyPrefixesAreFoundInOnePass) {
    std::vector<Prefixes::Folder> folders;
    std::string text;
    std::vector<Hit> expected;
    for (std::size_t i = 0; i < Prefixes::kMost; ++i) {
        const std::string path = "/opt/" + std::string(i % 7, 'd') + "/env" + std::to_string(i);
        folders.push_back({path, path});
        expected.push_back({.offset = text.size() + 2, .prefix = static_cast<std::uint8_t>(i)});
        text += "x=" + path + "/y ";
        expected.push_back(
            {.offset = text.size(), .prefix = static_cast<std::uint8_t>(i), .open = true});
        text += path + "_ ";
    }
    const Prefixes of = *Prefixes::make(folders);
    ASSERT_EQ(of.size(), Prefixes::kMost);
    EXPECT_EQ(Finder(of).find(as_bytes(text)), expected);
    for (std::size_t i = 0; i < of.size(); ++i) {
        EXPECT_EQ(of.folder_of(i), i);
        EXPECT_EQ(of.number_of(Prefixes::byte_of(i)), i);
    }
    for (const char plain : {'\t', '\n', '\r', ' ', 'a', '/'})
        EXPECT_EQ(of.number_of(plain), std::nullopt);
    EXPECT_EQ(*Prefixes::from_texts(of.texts()), of);
    folders.push_back({"/one/too/many", "/one/too/many"});
    EXPECT_FALSE(Prefixes::make(folders));
}

TEST(Prefixes, OneThatWouldMatchEverythingIsRefused) {
    for (const char* path : {"", "/", "/a", "a", "opt/env", "/opt/env/"})
        EXPECT_FALSE(Prefixes::make(path, path)) << path;
    EXPECT_TRUE(Prefixes::make("/opt", "/opt"));
    EXPECT_FALSE(check_target("/opt/new\nline"));
}

}  // namespace
}  // namespace holt::relocation
