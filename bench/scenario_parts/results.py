"""Results as a file of JSON lines, one for each run, so that many runs make one report."""
import json
import os

from . import goals, growth, report
from .measure import Versus


def whole_or_new(sizes, old):
    """Of the stores' sizes those that say something which `old` does not: a run without a second
    snapshot has no size after it."""
    return {tool: pair for tool, pair in sizes.items() if pair[1] is not None or tool not in old}


class Results:
    """`path`: where they are kept beyond this process, or None. What was measured of an operation
    beside a peer replaces what is there of the same tree in the same place."""

    def __init__(self, path=None):
        self.path = path
        self.records = {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    self.put(json.loads(line))

    def put(self, record):
        key = (record["tree"], record["place"])
        old = self.records.get(key, {})
        if "versus" in record and "versus" in old:
            again = {(one["operation"], one["peer"]) for one in record["versus"]}
            kept = [one for one in old["versus"] if (one["operation"], one["peer"]) not in again]
            record = {**record, "versus": kept + record["versus"],
                      "load": [old["load"][0], record["load"][1]],
                      "versions": {**old["versions"], **record["versions"]},
                      "sizes": {**old["sizes"], **whole_or_new(record["sizes"], old["sizes"])}}
        if "skipped" not in record or not old:
            self.records[key] = record

    def add(self, record):
        self.put(record)
        if self.path:
            with open(self.path, "w", encoding="utf-8") as out:
                out.writelines(json.dumps(one) + "\n" for one in self.records.values())

    def runs(self):
        """Records with what was measured beside peers."""
        for record in self.records.values():
            if "versus" in record:
                yield record, [Versus.of_record(one) for one in record["versus"]]

    def tables(self):
        runs = list(self.runs())
        warm = [(record, versus) for record, versus in runs if not record["cold"]]
        tables = [goals.table(warm)] if warm else []
        tables += [report.run_table(record, versus) for record, versus in runs]
        return tables + [growth.table(record) for record in self.records.values()
                         if "costs" in record]

    def head(self):
        versions = {}
        for record, _ in self.runs():
            versions.update(record["versions"])
        lines = [f"Machine: {report.machine()}."]
        if versions:
            told = dict.fromkeys(version for version in versions.values() if version)
            lines.append(f"Tools: {'; '.join(told)}.")
        lines += [f"{record['tree']} on {record['place']}: not measured: {record['skipped']}."
                  for record in self.records.values() if "skipped" in record]
        return lines

    def write_plots(self, folder):
        return [name for record in self.records.values() if "costs" in record
                for name in growth.write_plots(record, folder)]
