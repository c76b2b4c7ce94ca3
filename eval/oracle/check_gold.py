#!/usr/bin/env python3
"""Check the gold SQL of a question set against raw data.

    python3 eval/oracle/check_gold.py --source DIR --set FILE [--show N]

--source DIR  a folder with the six CSV files in the Instacart 2017 layout: orders, products, aisles,
              departments, order_products__prior, order_products__train
--set FILE    a question set (TOML, `[[question]]`)
--show N      rows printed for each question (default 5, 0 for none)

Builds the tables orders, order_lines, products, aisles and departments as views over the CSV files, resolves
the slots of every question, runs its SQL and prints the rows. This is an oracle of its own: it shares no code
with the product. The output holds rows of the data: do not commit it.

Slots, ties by the lower id:
  {product:popular:K}     name of the product with the K-th most lines (in `ask`);  {product_id:popular:K} its id
  {aisle:popular:K}, {department:popular:K}  likewise, with {aisle_id:popular:K}, {department_id:popular:K}
  {user:heavy:K}          id of the customer with the K-th most orders (in `user`, `ask` and `sql`)

Exit code 1 on a malformed question, a slot that cannot be resolved, a failing SQL, or an empty (or all-NULL)
result where `answered` is expected; 2 when the source or the set cannot be read.
Needs Python 3.11 and the `duckdb` package.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

import duckdb

FILES = ["orders", "products", "aisles", "departments", "order_products__prior", "order_products__train"]
INTENTS = {"metric", "top", "breakdown", "share", "lookup", "search", "related", "history", "recommend", "popular",
           "refuse", "clarify"}
ROLES = {"guest", "shopper", "analyst"}
STATUSES = {"answered", "refused", "clarify"}
CHECKS = {"rows", "products_contain"}
KEYS = {"id", "intent", "role", "user", "ask", "expect", "ordered", "top", "check", "min_share", "sql", "optional", "note"}
SLOT = re.compile(r"\{(\w+):(\w+):(\d+)\}")

# What a ranked slot stands for: (id column, name column, joined catalogue table).
RANKED = {
    "product": ("product_id", "product_name", "products"),
    "aisle": ("aisle_id", "aisle", "aisles"),
    "department": ("department_id", "department", "departments"),
}


class Invalid(Exception):
    """A question that cannot be checked, with the reason."""


def build_views(con, source):
    for name in FILES:
        path = source / f"{name}.csv"
        if not path.is_file():
            raise OSError(f"missing file: {path.name}")
        literal = str(path).replace("'", "''")
        con.execute(f"CREATE VIEW raw_{name} AS SELECT * FROM "
                    f"read_csv('{literal}', header = true, delim = ',', quote = '\"', escape = '\"')")
    for name in FILES[:4]:
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM raw_{name}")
    # The lines are read by nearly every question: parsed once, behind the view.
    lines = " UNION ALL ".join(
        f"SELECT l.order_id, o.user_id, l.product_id, l.add_to_cart_order, l.reordered, o.eval_set "
        f"FROM raw_order_products__{part} l JOIN raw_orders o ON o.order_id = l.order_id"
        for part in ("prior", "train"))
    con.execute(f"CREATE TABLE lines_once AS {lines}")
    con.execute("CREATE VIEW order_lines AS SELECT * FROM lines_once")


def resolve_slot(con, kind, rank_by, k):
    """The value of one slot as text."""
    wants_id = kind.endswith("_id")
    thing = kind.removesuffix("_id")
    if (kind, rank_by) == ("user", "heavy"):
        sql = "SELECT user_id, user_id FROM orders GROUP BY user_id ORDER BY count(*) DESC, user_id"
    elif thing in RANKED and rank_by == "popular":
        key, name, table = RANKED[thing]
        sql = (f"SELECT t.{key}, t.{name} FROM order_lines l JOIN products p ON p.product_id = l.product_id "
               f"JOIN {table} t ON t.{key} = p.{key} GROUP BY t.{key}, t.{name} ORDER BY count(*) DESC, t.{key}")
    else:
        raise Invalid(f"unknown slot {{{kind}:{rank_by}:{k}}}")
    row = con.execute(f"{sql} LIMIT 1 OFFSET {k - 1}").fetchone() if k >= 1 else None
    if row is None:
        raise Invalid(f"slot {{{kind}:{rank_by}:{k}}} has no value in this data")
    return str(row[0] if wants_id else row[1])


class Slots:
    def __init__(self, con):
        self.con, self.cache = con, {}

    def fill(self, text):
        def value(match):
            key = (match[1], match[2], int(match[3]))
            if key not in self.cache:
                self.cache[key] = resolve_slot(self.con, *key)
            return self.cache[key]
        return SLOT.sub(value, text)

    def fill_sql(self, text):
        for match in SLOT.finditer(text):
            if match[1] in RANKED:
                raise Invalid(f"a name slot in sql: {match[0]}")
        filled = self.fill(text)
        if "{" in filled:
            raise Invalid("a malformed slot is left in sql")
        return filled


def expected(question):
    value = question["expect"]
    return set(value) if isinstance(value, list) else {value}


def validate(question):
    missing = {"id", "intent", "role", "ask", "expect", "ordered"} - question.keys()
    if missing:
        raise Invalid(f"missing keys: {sorted(missing)}")
    if unknown := question.keys() - KEYS:
        raise Invalid(f"unknown keys: {sorted(unknown)}")
    if question["intent"] not in INTENTS or question["role"] not in ROLES or not expected(question) <= STATUSES:
        raise Invalid("unknown intent, role or expect")
    if question["role"] == "shopper" and "user" not in question:
        raise Invalid("a shopper needs a user")
    if "user" in question and not SLOT.fullmatch(question["user"]):
        raise Invalid("user must be a slot")
    if "answered" in expected(question):
        if question.get("check") not in CHECKS or not question.get("sql", "").strip():
            raise Invalid("an answered question needs a check and sql")
        if (question["check"] == "products_contain") != ("min_share" in question):
            raise Invalid("min_share belongs to products_contain")


def check(con, slots, question, show):
    validate(question)
    ask = slots.fill(question["ask"])
    user = f" user={slots.fill(question['user'])}" if "user" in question else ""
    print(f"\n{question['id']} {question['intent']} {question['role']}{user}: {ask}")
    if "sql" not in question:
        print(f"   no sql, expects {' or '.join(sorted(expected(question)))}")
        return
    cursor = con.execute(slots.fill_sql(question["sql"]))
    columns = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    print(f"   {len(rows)} rows ({', '.join(columns)})")
    for row in rows[:show]:
        print("   ", " | ".join(f"{cell:.6f}" if isinstance(cell, float) else str(cell) for cell in row))
    if question.get("check") == "products_contain" and columns[:1] != ["product_id"]:
        raise Invalid("products_contain needs product_id as first column")
    if "answered" in expected(question) and not any(cell is not None for row in rows for cell in row):
        raise Invalid("empty result")
    top = question.get("top")
    if top and len(rows) < top:
        print(f"   note: fewer rows than the cut of {top}")
    if top and len(rows) > top:
        print(f"   note: {len(rows) - top} more rows tie at the cut of {top}")


def main():
    parser = argparse.ArgumentParser(description="Check the gold SQL of a question set against raw CSV data.")
    parser.add_argument("--source", required=True, type=Path, help="folder with the six CSV files")
    parser.add_argument("--set", required=True, type=Path, help="question set (TOML)")
    parser.add_argument("--show", type=int, default=5, help="rows printed for each question")
    args = parser.parse_args()
    con = duckdb.connect()
    try:
        questions = tomllib.loads(args.set.read_text(encoding="utf-8")).get("question", [])
        build_views(con, args.source)
    except (OSError, ValueError, duckdb.Error) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 2
    slots, failures, seen = Slots(con), [], set()
    for number, question in enumerate(questions, 1):
        name = question.get("id", f"question {number}")
        try:
            if name in seen:
                raise Invalid("id is used twice")
            seen.add(name)
            check(con, slots, question, args.show)
        except (Invalid, duckdb.Error) as error:
            failures.append(name)
            print(f"   FAILED {name}: {error}")
    print(f"\n{len(questions)} questions, {len(failures)} failed{': ' + ', '.join(failures) if failures else ''}")
    return 1 if failures or not questions else 0


if __name__ == "__main__":
    sys.exit(main())
