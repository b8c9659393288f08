#!/usr/bin/env python3
"""The Python binding against the installed library (HOLT_LIBRARY names it)."""
import gzip
import io
import os
import pathlib
import tempfile
import threading
import unittest

import holt


class Binding(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.work = pathlib.Path(self.folder.name)
        self.source = self.work / "source"
        (self.source / "lib").mkdir(parents=True)
        (self.source / "app.conf").write_text("port=1\n")
        (self.source / "lib" / "code").write_bytes(bytes(range(256)) * 1000)
        self.store = holt.Store.init(self.work / "store")

    def tearDown(self):
        self.store.close()
        self.folder.cleanup()

    def test_what_a_store_does_and_shares_is_told(self):
        lines = []
        self.store.close()
        self.store = holt.Store.open(self.work / "store", log_level="debug", log=lambda *line: lines.append(line))
        self.store.snapshot(self.source, name="one")
        self.assertTrue(lines)
        (self.source / "more").write_text("and more")
        self.store.snapshot(self.source, name="two")
        info, path = self.store.find_path("one:lib//./code")
        self.assertEqual((info.name, path), ("one", "lib/code"))
        report = self.store.sharing()
        self.assertEqual([info.name for info in report.snapshots], ["one", "two"])
        self.assertGreater(report.shared[1][0], 0)
        self.assertEqual(report.adds[0], report.content[0])
        self.assertLess(report.adds[1], report.content[1])

    def test_the_doctor_tells_what_it_finds(self):
        found = holt.examine(self.work / "store", [self.work])
        self.assertIn("good", {finding.level for finding in found})
        self.assertTrue(all(finding.subject for finding in found))

    def test_archives_go_through_file_objects(self):
        self.store.snapshot(self.source, name="one")
        archive = io.BytesIO()
        report = self.store.export("one", archive, format="tar.zst")
        self.assertEqual(report.archive_bytes, len(archive.getvalue()))
        archive.seek(0)
        self.assertEqual(self.store.import_(archive, name="two").snapshots, 1)
        self.assertEqual(self.store.find("two").root, self.store.find("one").root)

        class Full:
            def write(self, _):
                raise BufferError("full")
        with self.assertRaises(BufferError):
            self.store.export("one", Full(), format="tar")

    def test_gzip_is_there_for_files_and_descriptors(self):
        plain, packed = self.source / "app.conf", self.work / "app.conf.gz"
        report = holt.gzip(plain, packed, level=9, keep_name=True)
        self.assertEqual(report.input_bytes, 7)
        self.assertEqual(holt.gzip_header(packed).name, "app.conf")
        self.assertEqual(gzip.decompress(packed.read_bytes()), b"port=1\n")
        with open(packed, "rb") as source, open(self.work / "again", "wb") as output:
            self.assertEqual(holt.gzip(source, output, mode="decompress").members, 1)
        self.assertEqual((self.work / "again").read_text(), "port=1\n")
        with self.assertRaises(holt.Error) as raised:
            holt.gzip(plain, mode="test")
        self.assertEqual(raised.exception.kind, "corrupt")

    def test_gzip_looks_at_what_it_is_given(self):
        self.assertEqual(holt.gzip_look(self.source / "app.conf").kind, "file")
        self.assertEqual(holt.gzip_look(self.source / "app.conf").bytes, 7)
        self.assertIn("app.conf", holt.gzip_names(self.source))
        with self.assertRaises(holt.Error):
            holt.gzip_look(self.source / "none")

    def test_zstd_is_there_for_files_and_descriptors(self):
        plain, packed = self.source / "app.conf", self.work / "app.conf.zst"
        self.assertEqual(holt.zstd(plain, packed, level=19, threads=2).input_bytes, 7)
        with open(packed, "rb") as source, open(self.work / "again", "wb") as output:
            self.assertEqual(holt.zstd(source, output, mode="decompress").output_bytes, 7)
        self.assertEqual((self.work / "again").read_text(), "port=1\n")
        with open(self.work / "from", "wb") as output:
            holt.zstd(packed, output, mode="decompress")
        self.assertEqual((self.work / "from").read_text(), "port=1\n")
        with open(packed, "rb") as source:
            holt.zstd(source, self.work / "to", mode="decompress")
        self.assertEqual((self.work / "to").read_text(), "port=1\n")
        with self.assertRaises(holt.Error) as raised:
            holt.zstd(plain, mode="test")
        self.assertEqual(raised.exception.kind, "corrupt")

    def test_a_tree_comes_back_with_the_same_names(self):
        stages = []
        report = self.store.snapshot(self.source, name="one", tags={"branch": "main"}, threads=2,
                                     progress=lambda stage, *_: stages.append(stage))
        self.assertEqual((report.files, report.folders), (2, 2))
        self.assertTrue(stages)
        info = self.store.find("one")
        self.assertEqual((info.id, info.tags), (report.id, {"branch": "main"}))
        self.assertEqual(self.store.find(report.id).name, "one")
        self.assertEqual((len(info.id), f"{info.id:.8}"), (32, str(info.id)[:8]))
        self.assertEqual(holt.Digest.fromhex(str(info.id)), info.id)
        restored = self.store.restore("one", self.work / "out", link="copy", durable=True)
        self.assertEqual((restored.files, restored.link), (2, "copy"))
        self.assertEqual((self.work / "out" / "app.conf").read_text(), "port=1\n")
        (self.work / "out" / "app.conf").write_text("port=2\n")
        report = self.store.diff("one", self.work / "out")
        self.assertEqual([(d.path, d.change) for d in report.differences], [("app.conf", "content")])

    def test_a_snapshot_is_looked_into(self):
        self.store.snapshot(self.source, name="one")
        with self.store.open("one") as snapshot:
            self.assertEqual(snapshot.info.name, "one")
            self.assertEqual([e.path for e in snapshot.list(recursive=True)], ["", "app.conf", "lib", "lib/code"])
            self.assertEqual(snapshot.stat("lib").kind, "folder")
            self.assertEqual(snapshot.read_at("lib/code", 255, 3), b"\xff\x00\x01")
            into = io.BytesIO()
            snapshot.cat("app.conf", into)
            self.assertEqual(into.getvalue(), b"port=1\n")
        found = self.store.find_entries(glob="code")
        self.assertEqual([(info.name, entry.path) for info, entry in found], [("one", "lib/code")])

    def test_failures_are_exceptions_with_a_kind_and_an_advice_code(self):
        with self.assertRaises(holt.Error) as caught:
            holt.Store.open(self.work / "nowhere")
        self.assertEqual((caught.exception.kind, caught.exception.advice_code), ("no-store", 10))
        with self.assertRaises(TypeError):
            self.store.snapshot(self.source, nmae="one")
        cancel = holt.Cancel()
        cancel.request()
        with self.assertRaises(holt.Error) as caught:
            self.store.snapshot(self.source, cancel=cancel)
        self.assertEqual(caught.exception.kind, "cancelled")

    def test_what_a_callback_raises_comes_out(self):
        class Mine(Exception):
            pass

        def raising(*_):
            raise Mine
        with self.assertRaises(Mine):
            self.store.snapshot(self.source, progress=raising)

    def test_archives_go_through_file_objects(self):
        self.store.snapshot(self.source, name="one")
        with tempfile.TemporaryFile() as into:
            report = self.store.export("one", into, format="tar.zst")
            self.assertEqual(report.archive_bytes, os.fstat(into.fileno()).st_size)
            os.lseek(into.fileno(), 0, os.SEEK_SET)
            brought = self.store.import_(into, name="two", tags={"from": "file"})
            self.assertEqual(self.store.find("two").id, brought.id)
        self.store.export("one", self.work / "one.zip")
        holt.restore_archive(self.work / "one.zip", self.work / "direct")
        self.assertEqual((self.work / "direct" / "app.conf").read_text(), "port=1\n")

    def test_a_store_is_kept(self):
        for name in ("one", "two", "three"):
            self.store.snapshot(self.source, name=name)
        decisions = self.store.forget(keep_last=1)
        self.assertEqual(sorted(d.snapshot.name for d in decisions if not d.keep), ["one", "two"])
        self.assertEqual([info.name for info in self.store.undelete(["one"])], ["one"])
        self.store.tag("one", hold=True)
        self.assertTrue(self.store.find("one").hold)
        self.assertEqual(self.store.gc().snapshots, 2)
        self.assertEqual(self.store.verify().damage, [])
        self.assertEqual(self.store.stats().snapshots, 2)
        self.store.close()
        self.assertEqual(holt.repair(self.work / "store").snapshots, 2)
        self.store = holt.Store.open(self.work / "store", read_only=True)

    def test_what_is_collected_by_itself(self):
        self.assertIsNone(self.store.auto_gc())
        self.store.set_auto_gc(max_size=1 << 30, max_age={"days": 30})
        self.assertEqual(self.store.auto_gc().max_size, 1 << 30)
        self.store.set_auto_gc(on=False)
        self.assertIsNone(self.store.auto_gc())

    def test_an_environment_is_built_once_and_a_miss_says_why(self):
        lock = self.work / "lock"
        lock.write_text("one")

        def key():
            return holt.Key.hash(prefix="deps-", root=self.work, files=["lock"], texts=["1"], tools={"cc": "cc 1"})
        first = key()
        self.assertTrue(str(first).startswith("deps-"))
        self.assertEqual([(i.kind, i.name) for i in first.inputs()], [("file", "lock"), ("text", "1"), ("tool", "cc")])
        built = []

        def build():
            built.append(1)
            (self.work / "deps").mkdir()
            (self.work / "deps" / "code").write_text("code")
        report = self.store.cache_run(first, [self.work / "deps"], build, missed=lambda f: built.append(f.match))
        self.assertEqual((built, report.built, report.outcome), (["none", 1], True, "saved"))
        report = self.store.cache_run(key(), [self.work / "deps"], build)
        self.assertEqual((len(built), report.built, report.match), (2, False, "exact"))
        report = self.store.cache_restore(first, self.work / "again", link="copy")
        self.assertEqual((report.match, report.files, report.files_linked), ("exact", 1, 0))
        self.assertEqual((self.work / "again" / "code").read_text(), "code")
        lock.write_text("two")
        found = self.store.cache_lookup(key())
        self.assertEqual((found.match, found.nearest.key), ("none", str(first)))
        self.assertEqual([(c.how, c.kind, c.name) for c in found.changes], [("changed", "file", "lock")])
        self.assertEqual(self.store.cache_lookup(key(), restore_keys=["deps-"]).match, "partial")
        self.assertEqual(len(self.store.key_inputs(first)), 3)
        self.assertEqual([e.key for e in self.store.cache_evict(keys=[str(first)])], [str(first)])
        self.assertTrue(self.store.cache_lookup(first).evicted)
        stats = self.store.cache_stats()
        self.assertEqual((stats.entries, stats.evictions[0].key), (0, str(first)))
        self.assertGreater(stats.days[0].hits, 0)

    def test_what_a_build_raises_comes_out_and_nothing_is_saved(self):
        def build():
            raise ValueError("no compiler")
        with self.assertRaises(ValueError):
            self.store.cache_run("key", [self.work / "deps"], build)
        report = self.store.cache_run("key", [self.work / "deps"], lambda: 3)
        self.assertEqual((report.build_result, report.saved), (3, False))
        self.assertEqual(self.store.cache_lookup("key").match, "none")
        report = self.store.cache_save("key", [self.source], scope="branch", build_time_ms=5)
        self.assertEqual(report.outcome, "saved")
        self.assertEqual(self.store.cache_lookup("key").match, "none")
        found = self.store.cache_lookup("key", scopes=["main", "branch"])
        self.assertEqual((found.match, found.snapshot.scope, found.snapshot.build_time_ms), ("exact", "branch", 5))

    def test_a_folder_moves_with_its_path(self):
        (self.source / "where").write_text(f"root={self.source}\n")
        report = holt.check_relocation(self.source, to=self.work / "elsewhere")
        self.assertEqual([(f.path, f.kind) for f in report.told], [("where", "text")])
        self.store.snapshot(self.source, name="moving", relocatable=True)
        self.assertTrue(self.store.restore("moving", self.work / "elsewhere").relocated)
        self.assertEqual((self.work / "elsewhere" / "where").read_text(), f"root={self.work / 'elsewhere'}\n")
        self.store.restore("moving", self.work / "same", without_relocation=True)
        self.assertEqual((self.work / "same" / "where").read_text(), f"root={self.source}\n")

    def test_a_store_is_shared_by_a_group(self):
        with holt.Store.init(self.work / "shared", shared_group=str(os.getegid())) as shared:
            self.assertTrue(shared.is_shared_by(str(os.getegid())))
        self.assertFalse(self.store.is_shared_by(str(os.getegid())))

    def test_threads_share_a_store(self):
        self.store.snapshot(self.source, name="one")
        failures = []

        def work(number):
            try:
                for _ in range(3):
                    self.store.list()
                    with self.store.open("one") as snapshot:
                        snapshot.read_at("lib/code", 1000, 1000)
                self.store.restore("one", self.work / f"out-{number}")
            except holt.Error as error:
                failures.append(error)
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_zstd(self):
        data = b"holt " * 1000
        self.assertEqual(holt.zstd_decompress(holt.zstd_compress(data), 5000), data)


if __name__ == "__main__":
    os.umask(0o022)
    unittest.main()
