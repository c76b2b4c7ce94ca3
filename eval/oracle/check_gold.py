#!/usr/bin/env python3
"""Check the gold SQL of question sets in an engine that is not ours.

    python3 eval/oracle/check_gold.py --lake DIR [--show N] [--only ID] [--json FILE] FILE...

FILE          question sets (TOML: `[[question]]`, `[[conversation]]`; keys in eval/questions/README.md)
--lake DIR    a lake with a published run
--show N      rows printed for each statement (default 0)
--only ID     one question or conversation
--json FILE   writes {statement id: [[cell, ...], ...]} for a comparison with another engine

Opens the silver tables and the published tables of models as views over their Parquet files, resolves the slots of
every question, runs its statements and reports what is malformed. Shares no code with the product. The output may hold
rows of the data: do not commit it.

Exit code 1 on a malformed question, a slot that cannot be resolved, a failing statement, or an empty (or all-NULL)
result where an answer is expected (unless `empty = true`); 2 when the lake or a set cannot be read.
Needs Python 3.11 and the `duckdb` package.
"""

import argparse
import datetime
import decimal
import json
import re
import sys
import tomllib
from pathlib import Path

import duckdb

SILVER = ["orders", "order_lines", "products", "aisles", "departments"]
PUBLISHED = {
    "user_seg": "recsys/user_seg/{run}",
    "segment_popularity": "recsys/segment_popularity/{run}",
    "segment_share": "recsys/segment_share/{run}",
    "churn": "recsys/hazards/{run}/churn",
    "affinity": "gold/{run}/affinity",
}
ROLES = {"guest", "shopper", "analyst"}
STATUSES = {"answered", "refused", "clarify"}
CHECKS = {"rows", "products", "none"}
ASKED = {"ask", "expect", "ordered", "top", "check", "min_share", "count", "each", "none_of", "sql", "also", "optional",
         "empty", "mention", "absent", "code", "basket", "note"}
COMMON = {"id", "intent", "role", "user"}
SLOT = re.compile(r"\{(\w+):(\w+):(\d+)\}")
OF_HEAVY = re.compile(r"of_heavy_(\d+)$")

# What a ranked slot stands for: (id column, name column, table).
RANKED = {
    "product": ("product_id", "product_name", "products"),
    "aisle": ("aisle_id", "aisle", "aisles"),
    "department": ("department_id", "department", "departments"),
}


class Invalid(Exception):
    """A question that cannot be checked, with the reason."""


def open_lake(lake):
    con = duckdb.connect()
    run = "run=" + (lake / "latest").read_text().strip()
    places = {name: f"silver/{run}/{name}" for name in SILVER}
    places |= {name: place.format(run=run) for name, place in PUBLISHED.items()}
    for name, place in places.items():
        if not (lake / place).is_dir():
            if name in SILVER:
                raise OSError(f"missing table: {place}")
            continue
        files = str(lake / place / "*.parquet").replace("'", "''")
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{files}', hive_partitioning = false)")
    return con


def resolve_slot(con, kind, rank_by, k):
    """The value of one slot as text. Ties go to the lower id."""
    wants_id = kind.endswith("_id")
    thing = kind.removesuffix("_id")
    heavy = OF_HEAVY.match(rank_by)
    if thing in RANKED:
        key, name, table = RANKED[thing]
        bought = (f"SELECT t.{key}, t.{name} FROM order_lines l JOIN products p ON p.product_id = l.product_id "
                  f"JOIN {table} t ON t.{key} = p.{key}")
        grouped = f"GROUP BY t.{key}, t.{name} ORDER BY count(*)"
        if rank_by == "popular":
            sql = f"{bought} {grouped} DESC, t.{key}"
        elif rank_by == "least":
            sql = f"{bought} {grouped}, t.{key}"
        elif rank_by == "never" and thing == "product":
            sql = ("SELECT product_id, product_name FROM products WHERE product_id NOT IN "
                   "(SELECT product_id FROM order_lines) ORDER BY product_id")
        elif heavy:
            user = resolve_slot(con, "user", "heavy", int(heavy[1]))
            sql = f"{bought} WHERE l.user_id = {user} {grouped} DESC, t.{key}"
        else:
            raise Invalid(f"unknown slot {{{kind}:{rank_by}:{k}}}")
    elif kind == "user" and rank_by in ("heavy", "light"):
        down = "DESC" if rank_by == "heavy" else ""
        sql = f"SELECT user_id, user_id FROM orders GROUP BY user_id ORDER BY count(*) {down}, user_id"
    elif kind == "user" and rank_by == "id":
        sql = "SELECT DISTINCT user_id, user_id FROM orders ORDER BY user_id"
    elif thing == "segment" and rank_by in ("value", "large"):
        order = "segment" if rank_by == "value" else "count(*) DESC, segment"
        sql = f"SELECT segment, segment_name FROM user_seg GROUP BY segment, segment_name ORDER BY {order}"
    else:
        raise Invalid(f"unknown slot {{{kind}:{rank_by}:{k}}}")
    row = con.execute(f"{sql} LIMIT 1 OFFSET {k - 1}").fetchone() if k >= 1 else None
    if row is None:
        raise Invalid(f"slot {{{kind}:{rank_by}:{k}}} has no value in this data")
    return str(row[0] if wants_id else row[1])


class Slots:
    def __init__(self, con):
        self.con, self.cache = con, {}

    def value(self, match):
        key = (match[1], match[2], int(match[3]))
        if key not in self.cache:
            self.cache[key] = resolve_slot(self.con, *key)
        return self.cache[key]

    def fill(self, text):
        return SLOT.sub(self.value, text)

    def fill_sql(self, text):
        filled = SLOT.sub(lambda match: self.value(match).replace("'", "''"), text)
        if "{" in filled:
            raise Invalid("a malformed slot is left in sql")
        return filled


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(asked):
    """(key, statement, must have rows) of one question or turn."""
    if "sql" in asked:
        for at, sql in enumerate(listed(asked["sql"])):
            yield f"sql{at}", sql, not asked.get("empty", False)
    for key in ("also", "each"):
        for at, sql in enumerate(asked.get(key, [])):
            yield f"{key}{at}", sql, not asked.get("empty", False)
    if "none_of" in asked:
        yield "none_of", asked["none_of"], False


def validate(asked):
    if missing := {"ask", "expect"} - asked.keys():
        raise Invalid(f"missing keys: {sorted(missing)}")
    if unknown := asked.keys() - ASKED - COMMON:
        raise Invalid(f"unknown keys: {sorted(unknown)}")
    expected = set(listed(asked["expect"]))
    if not expected or not expected <= STATUSES:
        raise Invalid(f"unknown status in expect: {sorted(expected)}")
    check = asked.get("check", "rows")
    if check not in CHECKS:
        raise Invalid(f"unknown check {check!r}")
    answered = "answered" in expected
    if answered and check == "rows" and "sql" not in asked:
        raise Invalid("an answered question with check = rows needs sql")
    if answered and check == "products" and not {"sql", "each", "none_of", "count"} & asked.keys():
        raise Invalid("check = products needs sql, each, none_of or count")
    if answered and check == "none" and "mention" not in asked and len(expected) == 1:
        raise Invalid("check = none needs mention")
    if check != "products" and {"min_share", "count", "each", "none_of"} & asked.keys():
        raise Invalid("min_share, count, each and none_of belong to check = products")
    if "also" in asked and isinstance(asked.get("sql"), list):
        raise Invalid("also goes with one sql only")


def check(con, slots, name, asked, show, results):
    validate(asked)
    ask = slots.fill(asked["ask"])
    if "{" in ask:
        raise Invalid("a malformed slot is left in ask")
    for product in asked.get("basket", []):
        int(slots.fill(product))
    if show:
        print(f"\n{name}: {ask}")
    for key, sql, wants_rows in statements(asked):
        cursor = con.execute(slots.fill_sql(sql))
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        results[f"{name}/{key}"] = [[plain(cell) for cell in row] for row in rows]
        if show:
            print(f"   {key}: {len(rows)} rows ({', '.join(columns)})")
            for row in rows[:show]:
                print("     ", " | ".join(f"{cell:.6f}" if isinstance(cell, float) else str(cell) for cell in row))
        if wants_rows and all(cell is None for row in rows for cell in row):
            raise Invalid(f"{key} gives no rows, or only NULL: set empty = true if that is the right answer")
        if asked.get("top") and key == "sql0" and len(rows) > 3 * asked["top"] + 50:
            raise Invalid(f"{key} gives {len(rows)} rows for top = {asked['top']}: keep rank <= top")


def plain(cell):
    if isinstance(cell, decimal.Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, (datetime.date, datetime.datetime)):
        return cell.isoformat()
    return cell


def entries(document):
    """(name, question or turn with the keys of its conversation)."""
    if unknown := document.keys() - {"question", "conversation"}:
        raise Invalid(f"unknown tables: {sorted(unknown)}")
    for question in document.get("question", []):
        yield question.get("id", "?"), question
    for talk in document.get("conversation", []):
        common = {key: talk[key] for key in COMMON if key in talk}
        if unknown := talk.keys() - COMMON - {"turn", "note", "basket"}:
            raise Invalid(f"{talk.get('id')}: unknown keys {sorted(unknown)}")
        if not 2 <= len(talk.get("turn", [])) <= 5:
            raise Invalid(f"{talk.get('id')}: a conversation has 2 to 5 turns")
        for at, turn in enumerate(talk["turn"], start=1):
            yield f"{talk.get('id', '?')}#{at}", common | turn


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--json", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    try:
        con = open_lake(options.lake)
        documents = [(path, tomllib.loads(path.read_text())) for path in options.files]
    except (OSError, tomllib.TOMLDecodeError, duckdb.Error) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 2
    slots, results, seen, asks, problems, count = Slots(con), {}, set(), {}, 0, 0
    for path, document in documents:
        try:
            found = list(entries(document))
        except Invalid as invalid:
            print(f"{path.name}: {invalid}")
            problems += 1
            continue
        for name, asked in found:
            if options.only and name.split("#")[0] != options.only:
                continue
            count += 1
            try:
                if name in seen:
                    raise Invalid("this id stands twice")
                seen.add(name)
                if missing := {"intent", "role"} - asked.keys():
                    raise Invalid(f"missing keys: {sorted(missing)}")
                if asked["role"] not in ROLES:
                    raise Invalid(f"unknown role {asked['role']!r}")
                if asked["role"] == "shopper" and "user" not in asked:
                    raise Invalid("a shopper needs a user")
                if "user" in asked:
                    int(slots.fill(str(asked["user"])))
                if "#" not in name:
                    key = (path, asked["ask"].lower().strip(" ?!."), asked["role"])
                    if key in asks:
                        raise Invalid(f"asked already by {asks[key]}")
                    asks[key] = name
                check(con, slots, name, asked, options.show, results)
            except (Invalid, duckdb.Error, ValueError) as error:
                problems += 1
                print(f"{path.name}: {name}: {error}")
    if options.json:
        options.json.write_text(json.dumps(results))
    print(f"{count} questions and turns, {len(results)} statements, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
