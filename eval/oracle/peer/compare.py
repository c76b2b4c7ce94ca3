"""Compares every table of a lake's newest finished run with the peer's, row by row, both ways.

Rows are paired by the table's keys: a row without partner, a key that stands twice, or a cell that differs (numbers by
more than 1e-9 of the larger, all else exactly, null only equal to null) counts as a difference. Tables without a key,
the quarantine, are compared as multisets of (rule, source, raw): part and line of ours depend on how bronze is split.
The text of rows with wrong encoding is left out, it is shown differently. Tables on one side only are named.
Exit code 1 on any difference in a table that both have; 2 when there is no finished run.
"""

import json
from pathlib import Path

import duckdb

KEYS = {
    "silver.aisles": ["aisle_id"],
    "silver.departments": ["department_id"],
    "silver.products": ["product_id"],
    "silver.orders": ["order_id"],
    "silver.order_lines": ["order_id", "product_id"],
    "gold.order_facts": ["order_id"],
    "gold.user_features": ["user_id"],
    "gold.product_features": ["product_id"],
    "gold.product_features_union": ["product_id"],
    "gold.upi_features": ["user_id", "product_id"],
    "gold.upi_features_union": ["user_id", "product_id"],
    "gold.affinity": ["antecedent", "consequent"],
    "gold.overview": [],
    "gold.journey": ["order_number"],
    "gold.rollup_lines_by_product_time": ["product_id", "order_dow", "order_hour_of_day"],
    "gold.rollup_lines_by_product": ["product_id"],
    "gold.rollup_lines_by_aisle": ["aisle_id"],
    "gold.rollup_lines_by_department": ["department_id"],
    "gold.rollup_lines_by_department_time": ["department_id", "order_dow", "order_hour_of_day"],
    "gold.rollup_lines_by_hour": ["order_hour_of_day"],
    "gold.rollup_lines_by_dow": ["order_dow"],
    "gold.rollup_orders_by_time": ["order_dow", "order_hour_of_day"],
    "gold.rollup_orders_by_dow": ["order_dow"],
    "gold.rollup_orders_by_hour": ["order_hour_of_day"],
    "gold.rollup_orders_by_number": ["order_number"],
}
# Columns that only one side has, and why.
NOT_COMPARED = {"gold.affinity": {"p_value"}}
TOLERANCE = 1e-9
SHOWN = 3


def newest_run(lake):
    """The manifest of the newest finished run."""
    found = []
    for path in Path(lake).glob("runs/*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest.get("finished_at"):
            found.append((manifest["finished_at"], manifest))
    if not found:
        raise ValueError(f"no finished run in {lake}")
    return max(found, key=lambda pair: pair[0])[1]


def quoted(path):
    return "'" + str(path).replace("'", "''") + "'"


def our_tables(lake, manifest):
    """Artefact name → what DuckDB reads it from."""
    tables = {}
    for artefact in manifest["artefacts"]:
        if artefact["name"].split(".")[0] in ("silver", "quarantine", "gold"):
            path = Path(lake) / artefact["path"]
            tables[artefact["name"]] = quoted(path / "**" / "*.parquet" if path.is_dir() else path)
    return tables


def table(scan):
    # A folder `run=<id>` on the way is no column.
    return f"read_parquet({scan}, hive_partitioning = false)"


def columns(con, scan):
    rows = con.execute(f"DESCRIBE SELECT * FROM {table(scan)}").fetchall()
    return {row[0]: row[1] for row in rows}


def is_number(kind):
    return kind.startswith("DECIMAL") or kind.endswith("INT") or kind.endswith("INTEGER") or kind in ("DOUBLE", "FLOAT")


def differs(column, ours, peers):
    if is_number(ours) and is_number(peers):
        if "DOUBLE" in (ours, peers) or "FLOAT" in (ours, peers):
            a, b = f"o.{column}::DOUBLE", f"p.{column}::DOUBLE"
            # `abs(a - b) > …` alone would be false for NaN and null.
            return (f"(({a} IS NULL) <> ({b} IS NULL) OR coalesce(isnan({a}) <> isnan({b}) OR "
                    f"(NOT isnan({a}) AND abs({a} - {b}) > {TOLERANCE} * greatest(abs({a}), abs({b}))), false))")
        return f"o.{column}::HUGEINT IS DISTINCT FROM p.{column}::HUGEINT"
    return f"o.{column}::VARCHAR IS DISTINCT FROM p.{column}::VARCHAR"


def compare_keyed(con, name, ours, peers):
    """(rows that differ, notes)"""
    left, right, notes = columns(con, ours), columns(con, peers), []
    skipped = NOT_COMPARED.get(name, set())
    one_sided = (set(left) ^ set(right)) - skipped
    if one_sided:
        notes.append("columns on one side only: " + ", ".join(sorted(one_sided)))
    keys = KEYS[name]
    if missing := [key for key in keys if key not in left or key not in right]:
        return None, notes + [f"no key column {', '.join(missing)}"]
    shared = [column for column in left if column in right and column not in skipped and column not in keys]
    on = " AND ".join(f"o.{key} = p.{key}" for key in keys) or "true"
    alone = "(o.here IS NULL OR p.here IS NULL)"
    cells = [differs(column, left[column], right[column]) for column in shared]
    joined = (f"(SELECT true AS here, * FROM {table(ours)}) AS o FULL JOIN "
              f"(SELECT true AS here, * FROM {table(peers)}) AS p ON {on}")
    counts = ", ".join([f"count_if({alone} OR {' OR '.join(cells) or 'false'})", f"count_if({alone})"]
                       + [f"count_if(NOT {alone} AND {cell})" for cell in cells])
    # A count over no rows at all is null.
    found = [count or 0 for count in con.execute(f"SELECT {counts} FROM {joined}").fetchone()]
    # A key that is null or stands twice has no partner of its own in the join.
    unkeyed = 0
    if keys:
        for scan in (ours, peers):
            unkeyed += con.execute(
                f"SELECT (SELECT count(*) FROM {table(scan)}) - count(*) FROM "
                f"(SELECT DISTINCT {', '.join(keys)} FROM {table(scan)})").fetchone()[0]
    if found[1]:
        notes.append(f"{found[1]} rows on one side only")
    if unkeyed:
        notes.append(f"{unkeyed} rows whose key stands twice")
    notes += [f"{column}: {count}" for column, count in zip(shared, found[2:]) if count]
    if found[0]:
        shown = ", ".join([f"coalesce(o.{key}, p.{key}) AS {key}" for key in keys]
                          + [f"o.{column}, p.{column}" for column in shared])
        some = con.execute(f"SELECT {shown} FROM {joined} WHERE {alone} OR {' OR '.join(cells) or 'false'} "
                           f"LIMIT {SHOWN}").fetchall()
        notes += [f"keys, then ours and the peer's by column: {row}" for row in some]
    return found[0] + unkeyed + len(one_sided), notes


def compare_multiset(con, ours, peers):
    row = "rule, source, CASE WHEN rule <> 'invalid_encoding' THEN raw END AS raw"
    ours, peers = (f"SELECT {row} FROM {table(scan)}" for scan in (ours, peers))
    notes, differing = [], 0
    for label, a, b in (("ours only", ours, peers), ("the peer's only", peers, ours)):
        rows = con.execute(f"SELECT * FROM (({a}) EXCEPT ALL ({b}))").fetchall()
        differing += len(rows)
        notes += [f"{label}: {found}" for found in rows[:SHOWN]]
    return differing, notes


def compare(lake, out):
    """Prints the table; whether all is equal."""
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false")
    ours = our_tables(lake, newest_run(lake))
    peers = {path.name.removesuffix(".parquet"): quoted(path) for path in sorted(Path(out).glob("*.parquet"))}
    if not peers:
        raise ValueError(f"no tables in {out}: run build first")
    equal = True
    print(f"{'table':<40}{'ours':>12}{'peer':>12}{'differ':>10}")
    for name in sorted(set(ours) & set(peers)):
        rows = [con.execute(f"SELECT count(*) FROM {table(scan)}").fetchone()[0]
                for scan in (ours[name], peers[name])]
        if name.startswith("quarantine."):
            differing, notes = compare_multiset(con, ours[name], peers[name])
        elif name in KEYS:
            differing, notes = compare_keyed(con, name, ours[name], peers[name])
        else:
            differing, notes = None, ["no key known"]
        equal = equal and differing == 0
        print(f"{name:<40}{rows[0]:>12,}{rows[1]:>12,}{'?' if differing is None else format(differing, ','):>10}")
        for note in notes:
            print(f"    {note}")
    for label, names in (("ours", set(ours) - set(peers)), ("the peer", set(peers) - set(ours))):
        if names:
            print(f"only {label}: {', '.join(sorted(names))}")
    return equal


def run(arguments):
    return 0 if compare(arguments.lake, arguments.out) else 1
