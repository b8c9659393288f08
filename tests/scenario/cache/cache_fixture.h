// Environments in a store, for the tests of the cache.
#pragma once

#include <gtest/gtest.h>
#include <holt/cache.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "support/child.h"
#include "support/store_fixture.h"

namespace holt::test {

class CacheTest : public StoreTest {
  protected:
    CacheTest() { make_environment("env", "one"); }

    std::string at(const std::string& name) const { return (dir_ / name).string(); }

    void make_environment(const std::string& folder, const std::string& content) {
        write_file(dir_ / folder / "bin/tool", "tool " + content);
        write_file(dir_ / folder / "lib/a.py", "a = '" + content + "'");
        write_file(dir_ / folder / "lib/same.py", code_like(50'000, 1));
    }
    static CacheKey key_of(const std::string& text) {
        return *hash_key({.prefix = "venv-", .texts = {text, "linux"}});
    }

    CacheSaveReport save(const CacheKey& key, const std::vector<std::string>& folders,
                         CacheSaveOptions options = {}) {
        options.key = key;
        auto report = store_.cache_save(folders, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : CacheSaveReport{};
    }
    CacheRestoreReport get(const CacheQuery& query, const std::vector<std::string>& folders,
                           LinkMode link = LinkMode::hardlink) {
        CacheRestoreOptions options{.query = query};
        options.restore.link = link;
        auto report = store_.cache_restore(folders, options, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : CacheRestoreReport{};
    }
    CacheFound look_up(const CacheQuery& query) {
        auto found = store_.cache_lookup(query);
        EXPECT_TRUE(found) << found.error().message();
        return found ? *found : CacheFound{};
    }
    CacheRunReport run(const CacheKey& key, const std::vector<std::string>& folders,
                       const std::function<Result<BuildResult>()>& build,
                       CacheRunOptions options = {}) {
        options.restore.query.key = key;
        auto report = store_.cache_run(folders, options, build, notes_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *report : CacheRunReport{};
    }
};

}  // namespace holt::test
