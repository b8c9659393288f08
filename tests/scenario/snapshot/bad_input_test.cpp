// Proves: paths, stores and names that are not what they should be give an error of the right kind
// that names them and says what to do; nothing is stored, lost or left behind.
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "codec/blake3/blake3.h"
#include "fs/folder.h"
#include "scenario/faults/fault_world.h"
#include "store/catalog/catalog.h"
#include "store/catalog/catalog_schema.h"
#include "store/catalog/sqlite.h"

namespace holt::test {
namespace {

namespace stdfs = std::filesystem;

class BadInput : public FaultWorld {
  protected:
    void in_store_with_one(const std::function<void()>& body) {
        put_store_with_one();
        EXPECT_EQ(in_child(body), 0);
    }
    // The error names the object and says something; the store is as before.
    static void expect_told(const Error& error, ErrorKind kind, const std::string& object) {
        EXPECT_EQ(error.kind, kind) << error.message();
        EXPECT_NE(error.message().find(object), std::string::npos) << error.message();
        EXPECT_FALSE(error.operation.empty()) << error.message();
        EXPECT_TRUE(error.sys_errno != 0 || !error.cause.empty()) << error.message();
    }
    void expect_unchanged() {
        expect_only_store_files(Left::clean);
        expect_store_is_whole({{"one", one()}});
        expect_nothing_outside_changed(Left::clean);
    }
    Error snapshot_error(const stdfs::path& of, const SnapshotOptions& options = {}) {
        const auto report = open_store().snapshot(of.string(), options, notes_);
        EXPECT_FALSE(report) << of;
        return report ? Error{} : report.error();
    }
    Error open_error(const stdfs::path& path) {
        auto opened = Store::open(path.string());
        if (!opened) return opened.error();
        const auto listed = opened->list();
        EXPECT_FALSE(listed) << path;
        return listed ? Error{} : listed.error();
    }
};

TEST_F(BadInput, SourcesThatAreNoFolders) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        ASSERT_EQ(::mknod((fixed() / "socket").c_str(), S_IFSOCK | 0600, 0), 0);
        for (const stdfs::path& path : {dir_ / "missing", source() / "missing" / "too"}) {
            expect_told(snapshot_error(path), ErrorKind::failed, path.filename().string());
        }
        for (const stdfs::path& path : {stdfs::path("/dev/null"), fixed() / "socket"}) {
            expect_told(snapshot_error(path), ErrorKind::usage, path.filename().string());
        }
        EXPECT_FALSE(snapshot_error("").operation.empty());
        expect_unchanged();
    });
}

TEST_F(BadInput, SourceThatMayNotBeRead) {
    if (ran_in_fresh_process()) return;
    put_store_with_one();
    stdfs::create_directory(dir_ / "out");
    ASSERT_EQ(::chmod((dir_ / "out").c_str(), root() ? 0700 : 0), 0);
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
    const int end = as_user([&] {
        auto own = Store::init("/dev/shm/holt-test-" + std::to_string(::getpid()));
        ASSERT_TRUE(own) << own.error().message();
        const auto report = own->snapshot((dir_ / "out").string(), {}, notes_);
        EXPECT_FALSE(report);
        if (!report) {
            expect_told(report.error(), ErrorKind::failed, "out");
            EXPECT_EQ(report.error().sys_errno, EACCES);
            EXPECT_FALSE(report.error().advice.empty());
        }
        EXPECT_EQ(own->list()->size(), 0u);
        stdfs::remove_all(own->path());
    });
    EXPECT_EQ(end, 0);
}

TEST_F(BadInput, StoresThatAreNone) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        stdfs::create_directory(out());
        for (const stdfs::path& path : {dir_ / "missing", out(), source() / "a", source()}) {
            const Error error = open_error(path);
            expect_told(error, ErrorKind::no_store, path.filename().string());
            EXPECT_EQ(error.advice_code, Advice::make_store) << error.message();
            EXPECT_FALSE(Store::repair(path.string(), {}, notes_));
        }
        write_file(out() / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
        expect_told(open_error(out()), ErrorKind::no_store, "out");
        write_file(out() / "CACHEDIR.TAG", random_bytes(5000, 1));
        expect_told(open_error(out()), ErrorKind::no_store, "out");
        // A store is not made over something else.
        EXPECT_FALSE(Store::init(out().string()));
        EXPECT_FALSE(Store::init(source().string()));
        EXPECT_FALSE(Store::init(store().string()));
        expect_unchanged();
    });
}

TEST_F(BadInput, StoresOfANewerVersion) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        const std::string tag = read_file(store() / "CACHEDIR.TAG");
        const std::string mark = "# holt-store: ";
        std::string newer = tag;
        newer.replace(newer.find(mark) + mark.size(), 1, "7");
        write_file(store() / "CACHEDIR.TAG", newer);
        const Error error = open_error(store());
        expect_told(error, ErrorKind::no_store, "store");
        EXPECT_NE(error.cause.find("newer"), std::string::npos) << error.message();
        EXPECT_FALSE(Store::repair(store().string(), {}, notes_));
        write_file(store() / "CACHEDIR.TAG", tag);

        const std::string catalog = read_file(store() / "catalog.db");
        {
            auto folder = fs::open_folder(store().string());
            ASSERT_TRUE(folder);
            auto database = store::open_catalog_database(*std::move(folder), "catalog.db",
                                                         (store() / "catalog.db").string(), {});
            ASSERT_TRUE(database) << database.error().message();
            ASSERT_TRUE(database->run("PRAGMA user_version=99"));
        }
        expect_told(open_error(store()), ErrorKind::no_store, "catalog.db");
        expect_told(snapshot_error(source()), ErrorKind::no_store, "catalog.db");
        const auto repaired = Store::repair(store().string(), {}, notes_);
        ASSERT_FALSE(repaired) << "a newer catalog was thrown away";
        EXPECT_EQ(repaired.error().kind, ErrorKind::no_store) << repaired.error().message();
        write_file(store() / "catalog.db", catalog);
        expect_unchanged();
    });
}

TEST_F(BadInput, Destinations) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        const auto expect_refused = [&](const stdfs::path& to, ErrorKind kind) {
            const auto report = restore("one", to);
            ASSERT_FALSE(report) << to;
            expect_told(report.error(), kind, to.filename().string());
            EXPECT_FALSE(report.error().advice.empty()) << report.error().message();
            expect_nothing_outside_changed(Left::clean);
        };
        expect_refused(dir_ / "missing" / "out", ErrorKind::failed);
        EXPECT_FALSE(stdfs::exists(dir_ / "missing"));
        expect_refused(source() / "a", ErrorKind::failed);
        expect_refused(source() / "a" / "below a file", ErrorKind::failed);
        expect_refused(fixed(), ErrorKind::failed);
        expect_refused(source() / "sub" / "link", ErrorKind::failed);  // a symlink to a file
        stdfs::create_symlink(dir_ / "nowhere", out());
        expect_refused(out(), ErrorKind::failed);
        EXPECT_TRUE(stdfs::is_symlink(out()));
        EXPECT_FALSE(stdfs::exists(dir_ / "nowhere"));
        stdfs::remove(out());
        EXPECT_FALSE(restore("one", ""));
        EXPECT_FALSE(restore("one", "/"));
        EXPECT_FALSE(restore("one", "/", {.force = true, .remove_extra = true}));
        EXPECT_FALSE(restore("one", "/dev/null/x"));
        expect_unchanged();
    });
}

TEST_F(BadInput, NamesOfSnapshots) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        const std::string id = open_store().find("one")->id.hex();
        for (const std::string& snap :
             {std::string("unknown"), std::string(), std::string("ONE"), std::string("one "),
              std::string(64, '0'), id.substr(0, 7), id + "0", std::string(5000, 'x'),
              std::string("one\0", 4), std::string("../one"), std::string("\xff\x1b[31m")}) {
            const auto found = open_store().find(snap);
            ASSERT_FALSE(found) << snap;
            EXPECT_EQ(found.error().kind, ErrorKind::not_found) << found.error().message();
            EXPECT_EQ(found.error().message().find('\x1b'), std::string::npos);
            EXPECT_FALSE(restore(snap, out()));
            EXPECT_FALSE(open_store().verify({snap}, {}, notes_));
        }
        for (const std::string path : {"missing", "sub/missing", "a/below", "sub/link/x"}) {
            expect_told(restore("one:" + path, out()).error(), ErrorKind::not_found, path);
        }
        EXPECT_FALSE(restore("one:../one", out()));
        EXPECT_TRUE(open_store().find(id.substr(0, 8)));
        for (const std::string& name :
             {std::string("a/b"), std::string(".."), std::string("."), std::string("latest"),
              std::string("a:b"), std::string("a\nb"), std::string("-x"), std::string(300, 'x'),
              std::string("0123456789abcdef"), std::string("../../x"), std::string("a\0b", 3)}) {
            const Error error = snapshot_error(source(), {.name = name});
            EXPECT_EQ(error.kind, ErrorKind::usage) << name << ": " << error.message();
        }
        expect_told(snapshot_error(source(), {.name = "one"}), ErrorKind::usage, "one");
        expect_told(snapshot_error(source(), {.exclude = {"[a"}}), ErrorKind::usage, "[a");
        expect_unchanged();
        EXPECT_FALSE(stdfs::exists(out()));
    });
}

// Two snapshots whose ids begin with the same 8 digits, found by trying some 100,000.
TEST_F(BadInput, AnAmbiguousIdNamesTheCandidates) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        auto folder = store::StoreFolder::open(store().string());
        ASSERT_TRUE(folder);
        auto catalog = store::Catalog::open(*folder, store::Catalog::Mode::read_write,
                                            std::chrono::milliseconds(10'000));
        ASSERT_TRUE(catalog);
        const auto pack = (*catalog->packs())[0].id;
        store::SnapshotRecord record = catalog->find_snapshot("one")->record;
        record.name.clear();
        std::map<std::string, Time> seen;
        for (;; ++record.created.seconds) {
            const Digest id = blake3::hash(store::encode_record(record));
            const auto [first, is_new] = seen.emplace(id.hex().substr(0, 8), record.created);
            if (is_new) continue;
            for (const Time created : {first->second, record.created}) {
                record.created = created;
                const Bytes encoded = store::encode_record(record);
                ASSERT_TRUE(catalog->commit({.id = blake3::hash(encoded),
                                             .record = record,
                                             .encoded_record = encoded,
                                             .packs_used = {pack}}));
            }
            const auto found = open_store().find(first->first);
            ASSERT_FALSE(found);
            EXPECT_EQ(found.error().kind, ErrorKind::not_found) << found.error().message();
            EXPECT_NE(found.error().message().find("several ids"), std::string::npos)
                << found.error().message();
            EXPECT_TRUE(open_store().find(id.hex()));
            return;
        }
    });
}

TEST_F(BadInput, WhatMayNotBeReadIsLeftOutAndNamed) {
    if (ran_in_fresh_process()) return;
    if (!root()) GTEST_SKIP() << "needs root, to become another user";
    stdfs::create_directories(out() / "closed");
    write_file(out() / "open", "open");
    write_file(out() / "secret", "secret");
    write_file(out() / "closed" / "file", "x");
    ::chmod((out() / "secret").c_str(), 0);
    ::chmod((out() / "closed").c_str(), 0700);
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
    const int end = as_user([&] {
        auto own = Store::init((dir_ / "store").string());
        ASSERT_TRUE(own) << own.error().message();
        const auto report = own->snapshot(out().string(), {.name = "s"}, notes_);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->left_out, 2u);
        EXPECT_EQ(own->find("s")->left_out, 2u);
        std::set<std::string> named;
        for (const auto& [severity, error] : notes_.notes) {
            if (severity != Severity::left_out) continue;
            named.insert(error.object);
            EXPECT_EQ(error.sys_errno, EACCES) << error.message();
        }
        EXPECT_EQ(named, (std::set<std::string>{"secret", "closed"}));
        const auto restored = own->restore("s", (dir_ / "back").string(), {}, notes_);
        ASSERT_TRUE(restored) << restored.error().message();
        EXPECT_EQ(restored->left_out, 2u);
        // The folder was seen, but not what is in it.
        EXPECT_EQ(names_in(dir_ / "back"), (std::set<std::string>{"closed", "open"}));
    });
    EXPECT_EQ(end, 0);
}

// A file that only grows: what is kept of it is a whole state it once had, or it is left out.
TEST_F(BadInput, AFileThatKeepsChanging) {
    if (ran_in_fresh_process()) return;
    in_store_with_one([&] {
        write_file(out() / "log", random_bytes(8u << 20, 1));
        write_file(out() / "still", "still");
        std::atomic<bool> stop{false};
        std::thread writer([&] {
            std::ofstream log(out() / "log", std::ios::binary | std::ios::app);
            while (!stop) log << "more" << std::flush;
        });
        const auto report = open_store().snapshot(out().string(), {.name = "s"}, notes_);
        stop = true;
        writer.join();
        ASSERT_TRUE(report) << report.error().message();
        const stdfs::path back = fixed() / "back";
        ASSERT_TRUE(restore("s", back));
        EXPECT_EQ(read_file(back / "still"), "still");
        if (report->left_out == 0) {
            const std::string kept = read_file(back / "log");
            EXPECT_TRUE(read_file(out() / "log").starts_with(kept));
            return;
        }
        EXPECT_EQ(report->left_out, 1u);
        EXPECT_FALSE(stdfs::exists(back / "log"));
        ASSERT_FALSE(notes_.notes.empty());
        EXPECT_EQ(notes_.notes.back().second.object, "log");
        EXPECT_EQ(notes_.notes.back().second.kind, ErrorKind::partial);
    });
}

TEST_F(BadInput, TheStoreInsideItsSourceIsSkipped) {
    if (ran_in_fresh_process()) return;
    clear();
    const int end = in_child([&] {
        write_file(out() / "file", "x");
        auto inside = Store::init((out() / "cache" / "store").string());
        ASSERT_TRUE(inside);
        for (const char* name : {"s", "t"}) {
            const auto report = inside->snapshot(out().string(), {.name = name}, notes_);
            ASSERT_TRUE(report) << report.error().message();
            EXPECT_EQ(report->snapshot.files, 1u);
            EXPECT_EQ(report->left_out, 0u);
        }
        EXPECT_EQ(notes_.count(Severity::info), 2u);
        EXPECT_EQ(notes_.notes[0].second.object, "cache/store");
        // The store as the source itself is no use either.
        EXPECT_FALSE(inside->snapshot(inside->path(), {}, notes_));
    });
    EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace holt::test
