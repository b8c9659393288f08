"""Results as a file of JSON lines, one for each recording: campaigns that are interrupted go on, and
many make one table."""
import datetime
import json
import os
import platform


class Line:
    """One recording's counts. It is written when the recording is left, however that happens."""

    def __init__(self, results, record):
        self.results = results
        self.record = record

    @property
    def images(self):
        return self.record["images"]

    def add(self, verdict):
        if not verdict.mountable:
            self.record["unmountable"] += 1
            return
        self.record["images"] += 1
        self.record["at_flush" if verdict.spec.style == "flush" else "between"] += 1
        if verdict.violations:
            self.record["unclean"].append({"image": str(verdict.spec), "violations": verdict.violations})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.results.append(self.record)


class Results:
    def __init__(self, path, version):
        self.path = path
        self.version = version
        self.records = []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                self.records = [json.loads(line) for line in lines]

    def recording(self, kind, workload, seed, windows):
        return Line(self, {"fs": kind, "workload": workload, "seed": seed, "flushes": windows - 1, "images": 0,
                           "at_flush": 0, "between": 0, "unmountable": 0, "unclean": [],
                           "date": datetime.date.today().isoformat(), "kernel": platform.release(),
                           "holt": self.version})

    def append(self, record):
        self.records.append(record)
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")

    def of(self, kind, workload):
        return [record for record in self.records if (record["fs"], record["workload"]) == (kind, workload)]

    def images(self, kind, workload):
        return sum(record["images"] for record in self.of(kind, workload))

    def recordings(self, kind, workload):
        return len(self.of(kind, workload))

    def unclean(self):
        return sum(len(record["unclean"]) for record in self.records)

    def table(self):
        """File systems and workloads: images, at flushes and between, and unclean ones."""
        rows = ["| file system | workload | recordings | flushes | images at a flush | between | unclean |",
                "|---|---|---|---|---|---|---|"]
        total = [0, 0, 0, 0, 0]
        for kind, workload in sorted({(record["fs"], record["workload"]) for record in self.records}):
            records = self.of(kind, workload)
            counts = [len(records)] + [sum(record[what] for record in records)
                                       for what in ("flushes", "at_flush", "between")]
            counts.append(sum(len(record["unclean"]) for record in records))
            total = [a + b for a, b in zip(total, counts)]
            rows.append(f"| {kind} | {workload} | " + " | ".join(map(str, counts)) + " |")
        rows.append("| all | | " + " | ".join(map(str, total)) + " |")
        lost = sum(record["unmountable"] for record in self.records)
        if lost:
            rows += ["", f"{lost} more images do not count: their file system did not mount or is damaged by its "
                     "own checker's word."]
        return "\n".join(rows)
