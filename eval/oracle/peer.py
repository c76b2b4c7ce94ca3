#!/usr/bin/env python3
"""The peer: silver, gold, rollups, affinity and analytics built by DuckDB from the same six CSV files.

    peer.py build   --source DIR --out DIR [--threads 2] [--memory-limit 6GB] [--temp DIR]
    peer.py compare --lake DIR --out DIR
    peer.py check   --out DIR
    peer.py bench   --binary PATH --source DIR [--work DIR] [--repeat 1] [--growth]

`build` writes `<artefact>.parquet` into --out and prints one JSON line: seconds by table, total seconds, peak memory
(VmHWM), bytes written and the most bytes that stood in the temp directory. `compare` and `bench`: see `peer/compare.py`
and `peer/bench.py`. The SQL stands in `peer/*.sql`; it shares no code with the product.

How a damaged source is treated: each large file is read once as text, every number must give its text again, and one
query checks every rule of the table. When a row fails, the table is made again by the full rules (`*_full.sql`), which
know the lines as received and the quarantine. So a clean source is not slowed down by what a broken one needs.
Whole numbers are stored as narrow as they are (ours are 64 bits wide), and `affinity` has no `p_value`: both save the
peer work. A sum over no known value is null, as in SQL.

What was tried, full synthetic size (206,209 customers, 33.9 M lines), 2 threads, wall seconds; other work ran beside
some of it, so compare within a line:
  lines: typed columns 2.5, but 3.7 becomes 4; text + try_cast 3.6; + the number gives its text again 4.8 (plain count);
    + a regular expression instead 7.1; one column and string_split 3.8, still without casts of all fields
  lines joined to orders while read, LEFT JOIN over UNION ALL 13.1; read, then joined 5.2
  duplicates by GROUP BY (order, product) 4.8; bits of order numbers within the pairs that are grouped anyway 0.9
  prior and union pairs grouped apart 7.4, in one pass with FILTER 6.1; prior grouped with bits, train joined on 2.8
  distinct orders by aisle from DISTINCT pairs 5.5; bits by order, counted 2.1 with the order sizes
  affinity in one hash table 16.3; pairs first into a table 24.5; slabs of arrays, the rest hashed 10.5
  all in all, alone on the machine: 30.9 s, 58 CPU seconds, peak 3.8 GiB, nothing spilled (with 2 GB: 72 CPU seconds, 0.7 GiB spilled)

Exit code 1: a difference (compare, check), a table that ours lacks (bench); 2: something cannot be read; 3: ours was
slower (bench).
"""

import argparse
import codecs
import json
import re
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb

SQL = Path(__file__).parent / "peer"
TABLES = {
    "aisles": ["aisle_id", "aisle"],
    "departments": ["department_id", "department"],
    "products": ["product_id", "product_name", "aisle_id", "department_id"],
    "orders": ["order_id", "user_id", "eval_set", "order_number", "order_dow", "order_hour_of_day",
               "days_since_prior_order"],
    "order_products__prior": ["order_id", "product_id", "add_to_cart_order", "reordered"],
    "order_products__train": ["order_id", "product_id", "add_to_cart_order", "reordered"],
}
SPELLINGS = {"days_since_prior": "days_since_prior_order", "day_since_prior_order": "days_since_prior_order"}
# The defaults of [pipeline.affinity].
MIN_ITEM_ORDERS, MIN_SUPPORT_ORDERS = 20, 10
# Products by popularity from .. up to: an array of (up to - from) * up to counters, at most 2^24 (128 MB a thread).
SLABS = [(0, 2048), (2048, 4096), (4096, 6144), (6144, 8192)]
# A quoted field that the line does not close.
UNCLOSED = re.compile(rb'(?:(?:"(?:[^"]|"")*"|[^",][^,]*|),)*"(?:[^"]|"")*\Z')


class Unreadable(Exception):
    """A source that cannot be built from, with the reason."""


def literal(path):
    return "'" + str(path).replace("'", "''") + "'"


class Builder:
    """Runs the SQL files step by step and takes the time of each."""

    def __init__(self, source, out, threads, memory_limit, temp):
        self.source, self.out, self.temp = source, out, temp
        self.seconds, self.cpu_seconds, self.full = {}, {}, []
        self.con = duckdb.connect()
        self.con.execute(f"SET threads = {int(threads)}; SET memory_limit = '{memory_limit}'; "
                         f"SET temp_directory = {literal(temp / 'spill')}; SET preserve_insertion_order = false")
        self.con.execute((SQL / "macros.sql").read_text(encoding="utf-8"))

    # ---- templates

    def value(self, name):
        """What stands for {{name}} in the SQL."""
        if name == "out":
            return str(self.out).replace("'", "''")
        if name.startswith("read_"):
            return self.text_scan(name.removeprefix("read_"))
        if name == "min_item_orders":
            return str(MIN_ITEM_ORDERS)
        if name == "code_type":
            return "::USMALLINT" if self.count("frequent") < 65_536 else ""
        if name == "slabs":
            return self.slabs()
        if name == "line_sums":
            names = ["line_count", "line_reorders", "line_first_in_cart", "line_cart_position_sum",
                     "line_cart_position_count"]
            return ", ".join(f"sum({n})::BIGINT AS {n}" for n in names)
        if name == "order_measures":
            return ("count(*) AS order_count, count(size) AS order_baskets, "
                    "coalesce(sum(size), 0)::BIGINT AS order_items, "
                    "coalesce(sum(reorders), 0)::BIGINT AS order_reorders, max(size) AS order_size_max, "
                    "coalesce(sum(days_since_prior_order), 0) AS order_gap_mean_sum, "
                    "count(days_since_prior_order) AS order_gap_mean_count, "
                    "count(*) FILTER (order_number = 1) AS order_first")
        if name == "order_sums":
            sums = ["order_count", "order_baskets", "order_items", "order_reorders", "order_gap_mean_count",
                    "order_first"]
            return (", ".join(f"sum({n})::BIGINT AS {n}" for n in sums)
                    + ", max(order_size_max) AS order_size_max, sum(order_gap_mean_sum) AS order_gap_mean_sum")
        what, _, kind = {"or_aisles": "aisle_or", "or_departments": "department_or"}.get(name, name).partition("_")
        return self.set_columns(what, kind)

    def set_columns(self, what, kind):
        """Columns of 64 bits that hold a set of aisles (a0, a1, …) or departments (d0, …)."""
        letter, count = what[0], self.count(what + "s")
        columns = range((count + 63) // 64)
        if kind == "bits":
            return ", ".join(f"CASE WHEN {letter}.code // 64 = {i} THEN 1::UBIGINT << ({letter}.code % 64)::UTINYINT "
                             f"ELSE 0::UBIGINT END AS {letter}{i}" for i in columns)
        if kind == "or":
            return ", ".join(f"bit_or({letter}{i}) AS {letter}{i}" for i in columns)
        if kind == "names":
            return ", ".join(f"s.{letter}{i}" for i in columns)
        if kind == "counts":
            return "[" + ", ".join(f"count_if(({letter}{code // 64} & {1 << code % 64}::UBIGINT) <> 0)::BIGINT"
                                   for code in range(count)) + "]"
        raise KeyError(f"unknown placeholder: {what}_{kind}")

    def count(self, table):
        return self.con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def slabs(self):
        found, statements = self.count("frequent"), []
        for low, high in SLABS:
            if low >= found:
                break
            statements.append(
                f"CREATE OR REPLACE TABLE slab AS FROM baskets WHERE code >= {low} AND code < {high};"
                f"CREATE OR REPLACE TABLE below AS FROM baskets WHERE code < {high};"
                f"INSERT INTO pair_counts SELECT {low} + k // {high}, k % {high}, n FROM ("
                f"SELECT (x.code::UINTEGER - {low}::UINTEGER) * {high}::UINTEGER + y.code AS k, count(*) AS n "
                "FROM slab AS x JOIN below AS y ON x.order_id = y.order_id AND x.code > y.code "
                f"GROUP BY k HAVING count(*) >= {MIN_SUPPORT_ORDERS});")
        low = SLABS[-1][1]
        if found > low:
            key, bits = ("UINTEGER", 65_536) if found <= 65_536 else ("UBIGINT", 1 << 32)
            statements.append(
                f"CREATE OR REPLACE TABLE slab AS FROM baskets WHERE code >= {low};"
                f"INSERT INTO pair_counts SELECT k // {bits}, k % {bits}, n FROM ("
                f"SELECT x.code::{key} * {bits} + y.code::{key} AS k, count(*) AS n FROM slab AS x "
                "JOIN baskets AS y ON x.order_id = y.order_id AND x.code > y.code "
                f"GROUP BY k HAVING count(*) >= {MIN_SUPPORT_ORDERS});")
        return "\n".join(statements) + "\nDROP TABLE IF EXISTS slab; DROP TABLE IF EXISTS below;"

    # ---- steps

    def timed(self, name, work):
        start, cpu = time.monotonic(), time.process_time()
        result = work()
        for times, before, now in ((self.seconds, start, time.monotonic()), (self.cpu_seconds, cpu, time.process_time())):
            times[name] = round(times.get(name, 0) + now - before, 3)
        return result

    def run(self, file):
        """Runs the steps of one SQL file."""
        parts = re.split(r"^-- step: (\S+)$", (SQL / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name, text in zip(parts[1::2], parts[2::2]):
            self.timed(name, lambda: self.statements(text))

    def statements(self, text, **given):
        for statement in re.split(r";\n", text):
            filled = re.sub(r"\{\{(\w+)\}\}", lambda m: str(given.get(m[1]) or self.value(m[1])), statement)
            if filled.strip():
                self.con.execute(filled)

    def verdict(self, table):
        return self.con.execute(f"SELECT clean FROM {table}").fetchone()[0]

    # ---- reading

    def header(self, table):
        """The canonical names of a file's columns, in the file's order."""
        path = self.source / f"{table}.csv"
        if not path.is_file():
            raise Unreadable(f"missing file: {path.name}")
        with path.open("rb") as file:
            text = file.readline().removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
        names = [name.strip().strip('"').strip().lower() for name in text.strip().split(",")]
        names = [SPELLINGS.get(name, name) for name in names]
        if sorted(names) != sorted(TABLES[table]):
            raise Unreadable(f"columns of {path.name}: {', '.join(names)}; expected {', '.join(TABLES[table])}")
        return names

    def text_scan(self, table):
        """A scan of all columns as text; what is no record goes to reject_errors."""
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in self.header(table))
        return (f"read_csv({literal(self.source / (table + '.csv'))}, columns = {{{columns}}}, auto_detect = false, "
                "header = true, delim = ',', quote = '\"', escape = '\"', store_rejects = true)")

    def careful(self, table):
        """Makes rows_<table>: every record as received, with its fields."""
        path, names = self.source / f"{table}.csv", self.header(table)
        if table in ("aisles", "departments", "products") or not self.records_by_line(path):
            self.records_framed(path)
        positions = [names.index(column) + 1 for column in TABLES[table]]
        canonical = "f" if positions == sorted(positions) else f"list_select(f, {positions})"
        self.statements((SQL / "rows.sql").read_text(encoding="utf-8"), table=table, width=len(names),
                        canonical=canonical)

    def forget_rejects(self):
        self.con.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")

    def records_by_line(self, path):
        """Lines are records; false when a quoted field goes on in the next line."""
        self.forget_rejects()
        self.con.execute("SET preserve_insertion_order = true")
        try:
            self.con.execute(
                "CREATE OR REPLACE TABLE records AS SELECT row_number() OVER () AS line, rtrim(raw, chr(13)) AS raw, "
                f"NULL::VARCHAR AS damage FROM read_csv({literal(path)}, columns = {{'raw': 'VARCHAR'}}, "
                "auto_detect = false, header = false, delim = '\x1f', quote = '', escape = '', strict_mode = false, "
                "store_rejects = true)")
            # The line of a row counts those that were rejected before it; their order is what the rules need.
            self.con.execute(
                "DELETE FROM records WHERE line = 1 AND damage IS NULL; INSERT INTO records "
                "SELECT line, rtrim(csv_line, chr(10) || chr(13)), 'invalid_encoding' FROM reject_errors "
                "WHERE error_type = 'INVALID ENCODING'")
            other = self.count("reject_errors WHERE error_type <> 'INVALID ENCODING'")
            open_quote = r'''(([^",][^,]*|"([^"]|"")*"|),)*"([^"]|"")*'''
            unclosed = self.count(f"records WHERE contains(raw, '\"') AND regexp_full_match(raw, '{open_quote}')")
            return other == 0 and unclosed == 0
        except duckdb.Error:
            return False
        finally:
            self.con.execute("SET preserve_insertion_order = false")

    def records_framed(self, path):
        """Frames records outside the engine, for quotes over several lines and for small files."""
        rows = self.temp / "records.csv"
        with path.open("rb") as file, rows.open("w", encoding="utf-8", newline="") as framed:
            record, start = b"", 1
            for number, line in enumerate(file, 1):
                if not record:
                    start = number
                record += line
                content = record.removesuffix(b"\n").removesuffix(b"\r")
                if b'"' in content and UNCLOSED.match(content):
                    continue
                record = b""
                if start == 1:
                    continue
                try:
                    raw, damage = content.decode("utf-8"), ""
                except UnicodeDecodeError:
                    raw, damage = content.decode("utf-8", "replace"), "invalid_encoding"
                framed.write(f'{start},"{raw.replace(chr(34), chr(34) * 2)}","{damage}"\n')
            if record:
                raise Unreadable(f"line {start} of {path.name}: a quote is never closed")
        self.con.execute(
            "CREATE OR REPLACE TABLE records AS SELECT line, raw, nullif(damage, '') AS damage FROM "
            f"read_csv({literal(rows)}, columns = {{'line': 'BIGINT', 'raw': 'VARCHAR', 'damage': 'VARCHAR'}}, "
            "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
            "force_not_null = ['raw', 'damage'])")
        rows.unlink()

    def fast(self, file, verdict):
        """Runs a file that expects clean rows; false when one is not."""
        self.forget_rejects()
        try:
            self.run(file)
        except duckdb.InvalidInputException:
            # The strict parser gives up on some wrong quotes instead of rejecting the row.
            return False
        return self.count("reject_errors") == 0 and self.verdict(verdict)

    # ---- the build

    def build(self):
        for table in ("aisles", "departments", "products"):
            self.timed(f"read.{table}", lambda: self.careful(table))
        self.run("catalogue.sql")
        self.con.execute("CREATE TABLE broken_orders AS SELECT NULL::VARCHAR AS rule, NULL::VARCHAR AS source, "
                         "NULL::BIGINT AS line, NULL::VARCHAR AS raw LIMIT 0; "
                         "CREATE TABLE broken_lines AS FROM broken_orders")
        if not self.fast("orders_fast.sql", "orders_verdict"):
            self.full.append("orders")
            self.con.execute("DROP TABLE broken_orders")
            self.timed("read.orders.full", lambda: self.careful("orders"))
            self.run("orders_full.sql")
        self.run("orders_write.sql")
        clean = self.fast("lines_fast.sql", "lines_verdict")
        if clean:
            self.run("pairs.sql")
            clean = self.verdict("pairs_verdict") or not self.con.execute(
                "SELECT EXISTS (SELECT 1 FROM order_lines GROUP BY order_id, product_id HAVING count(*) > 1)").fetchone()[0]
        if not clean:
            self.full.append("order_lines")
            self.con.execute("DROP TABLE broken_lines")
            for table in ("order_products__prior", "order_products__train"):
                self.timed("read.order_lines.full", lambda: self.careful(table))
            self.run("lines_full.sql")
            self.run("pairs.sql")
        for file in ("lines_write.sql", "features.sql", "rollups.sql", "affinity.sql", "analytics.sql"):
            self.run(file)


class SpillWatch(threading.Thread):
    """The most bytes that stood in the temp directory."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.most, self.done = folder, 0, threading.Event()

    def run(self):
        while not self.done.wait(0.05):
            self.most = max(self.most, folder_bytes(self.folder))


def folder_bytes(folder):
    total = 0
    for path in Path(folder).rglob("*") if Path(folder).exists() else ():
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            pass
    return total


def peak_bytes():
    """The peak resident memory of this process."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def build(arguments):
    arguments.out.mkdir(parents=True, exist_ok=True)
    for left_over in arguments.out.glob("*.parquet"):
        left_over.unlink()
    temp = Path(tempfile.mkdtemp(prefix="peer-", dir=arguments.temp))
    watch = SpillWatch(temp / "spill")
    watch.start()
    start = time.monotonic()
    try:
        builder = Builder(arguments.source, arguments.out, arguments.threads, arguments.memory_limit, temp)
        builder.build()
        total = time.monotonic() - start
    finally:
        watch.done.set()
        watch.join()
        shutil.rmtree(temp, ignore_errors=True)
    print(json.dumps({
        "total_seconds": round(total, 2), "total_cpu_seconds": round(time.process_time(), 2),
        "seconds": builder.seconds, "cpu_seconds": builder.cpu_seconds, "full_rules": builder.full,
        "peak_rss_bytes": peak_bytes(), "bytes_written": folder_bytes(arguments.out), "bytes_spilled": watch.most,
        "threads": arguments.threads, "memory_limit": arguments.memory_limit, "duckdb": duckdb.__version__,
    }))
    return 0


def main():
    parser = argparse.ArgumentParser(description="The same tables, built by DuckDB.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("build", help="build all tables from the CSV files")
    one.add_argument("--source", required=True, type=Path, help="folder with the six CSV files")
    one.add_argument("--out", required=True, type=Path, help="folder of the Parquet files; those that are there are removed")
    one.add_argument("--threads", type=int, default=2)
    one.add_argument("--memory-limit", default="6GB")
    one.add_argument("--temp", type=Path, help="where a folder for spilling is made; default: the system's")
    two = commands.add_parser("compare", help="compare a lake's newest finished run with a build")
    two.add_argument("--lake", required=True, type=Path)
    two.add_argument("--out", required=True, type=Path, help="folder that `build` filled")
    check = commands.add_parser("check", help="compare the rollups of a build with the plainest SQL for them")
    check.add_argument("--out", required=True, type=Path, help="folder that `build` filled")
    three = commands.add_parser("bench", help="run both, print both")
    three.add_argument("--binary", required=True, type=Path)
    three.add_argument("--source", required=True, type=Path)
    three.add_argument("--work", type=Path, help="folder for lake and tables; default: a temporary one, removed")
    three.add_argument("--repeat", type=int, default=1)
    three.add_argument("--threads", type=int, default=2)
    three.add_argument("--memory-limit", default="6GB", help="of the peer")
    three.add_argument("--memory-mib", type=int, default=2048, help="of our batch engine")
    three.add_argument("--growth", action="store_true", help="also time ours on a quarter of the customers")
    arguments = parser.parse_args()
    sys.path.insert(0, str(SQL))
    try:
        if arguments.command == "build":
            return build(arguments)
        if arguments.command == "compare":
            import compare
            return compare.run(arguments)
        if arguments.command == "check":
            import rollups_check
            return rollups_check.run(arguments)
        import bench
        return bench.run(arguments)
    except (OSError, Unreadable, ValueError, duckdb.Error) as error:
        print(f"peer: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
