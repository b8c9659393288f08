#!/usr/bin/env python3
"""The Python binding against the installed library (HOLT_LIBRARY names it)."""
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

    def test_a_tree_comes_back_with_the_same_names(self):
        stages = []
        report = self.store.snapshot(self.source, name="one", tags={"branch": "main"}, threads=2,
                                     progress=lambda stage, *_: stages.append(stage))
        self.assertEqual((report.files, report.folders), (2, 2))
        self.assertTrue(stages)
        info = self.store.find("one")
        self.assertEqual((info.id, info.tags), (report.id, {"branch": "main"}))
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
