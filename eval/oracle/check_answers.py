#!/usr/bin/env python3
"""Check answers of the built binary against raw data.

    python3 eval/oracle/check_answers.py --binary PATH --lake DIR --source DIR [--max-elapsed-ms N]

--binary PATH       the built `insightflow`
--lake DIR          a lake with a published run made from the source; the questions leave conversations in it
--source DIR        a folder with the six CSV files in the Instacart 2017 layout: orders, products, aisles, departments,
                    order_products__prior, order_products__train
--max-elapsed-ms N  every answer takes less by its own `usage.elapsed_ms` (default 100, for a machine at rest)

Asks ten questions by `insightflow ask --json` and compares every cell of their evidence, unrounded, with SQL that is
written here and run by DuckDB over the CSV files. An oracle of its own: it shares no code with the product and reads
no table of the lake, but for the segment and the outlook, which only the run's models can tell. It restates what the
product publishes: the ranking of own purchases, which pairs count as bought together, and how a bound value is written.

Not compared, as no CSV file holds it: scores and ranks of the search, only their order.
Assumes default settings (nothing pinned or excluded in merchandising). The output holds rows of the data: do not
commit it.

Exit code 1 when any check fails, each difference printed; 2 when the source, the lake or the binary cannot be read.
Needs Python 3.11 and the `duckdb` package.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from pathlib import Path

import duckdb

FILES = ["orders", "products", "aisles", "departments", "order_products__prior", "order_products__train"]
TOLERANCE = 1e-6
MAX_ELAPSED_MS = 100.0
CUSTOMER = 1
SHOWN_DIFFERENCES = 10

# The published rules: tools/src/customer.rs, tools/src/affinity.rs, config/default.toml.
RECENT_ORDERS, RECOMMENDATIONS = 10, 10
# What only the model knows of a recommendation, or what is checked apart.
MODEL_CELLS = {"rank", "score", "reason", "related_to", "n_both", "usual_pause_orders", "gain", "neighbour_rate"}
MIN_BOTH, MIN_ITEM_ORDERS, MAX_P_VALUE, RELATED = 10, 20, 0.001, 10


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


class Failed(Exception):
    """A question whose answer has no evidence to compare, with the reason."""


class Report:
    """The checks so far: question, what was checked, and the differences found."""

    def __init__(self):
        self.checks, self.times = [], []

    def add(self, question, what, differences):
        self.checks.append((question, what, len(differences)))
        for difference in differences[:SHOWN_DIFFERENCES]:
            print(f"   DIFFERENCE {question} {what}: {difference}")
        if len(differences) > SHOWN_DIFFERENCES:
            print(f"   ... and {len(differences) - SHOWN_DIFFERENCES} more")

    def print_table(self):
        print("\nquestion  elapsed_ms  process_ms")
        for question, elapsed, wall in self.times:
            print(f"{question:<8}  {elapsed:10.1f}  {wall:10.0f}")
        width = max(len(what) for _, what, _ in self.checks)
        print(f"\n{'question':<8}  {'check':<{width}}  result")
        for question, what, differences in self.checks:
            print(f"{question:<8}  {what:<{width}}  {f'FAILED ({differences})' if differences else 'passed'}")
        failed = sum(1 for _, _, differences in self.checks if differences)
        print(f"\n{len(self.checks) - failed} passed, {failed} failed")
        return failed


# --- asking --------------------------------------------------------------------------------------------------------


class Asker:
    """Asks the binary, and checks what holds for every answer."""

    def __init__(self, binary, lake, report, max_elapsed_ms):
        self.binary, self.lake, self.report, self.run = binary, lake, report, None
        self.max_elapsed_ms = max_elapsed_ms

    def ask(self, question, text, *options):
        """The answer to a text and its one piece of evidence as rows."""
        print(f"{question} {text}")
        command = [self.binary, "ask", "--lake", self.lake, "--json", *options, text]
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        wall = (time.monotonic() - start) * 1000
        if done.returncode != 0:
            raise Failed(f"exit code {done.returncode}: {done.stderr.strip()[-300:]}")
        answer = json.loads(done.stdout)
        if answer["status"] != "answered" or len(answer["evidence"]) != 1:
            raise Failed(f"{answer['status']} with {len(answer['evidence'])} evidence: {answer['text']}")
        self.run = self.run or answer["run_id"]
        elapsed = answer["usage"]["elapsed_ms"]
        self.report.times.append((question, elapsed, wall))
        slow = [] if elapsed < self.max_elapsed_ms else [f"{elapsed:.1f} ms"]
        self.report.add(question, f"answered in less than {self.max_elapsed_ms:g} ms", slow)
        self.report.add(question, "evidence is whole and of one run", self.evidence_problems(answer))
        self.report.add(question, "bindings say what their cells hold", binding_problems(answer))
        self.report.add(question, "blocks repeat the evidence", block_problems(answer))
        return answer, rows_of(answer["evidence"][0])

    def evidence_problems(self, answer):
        evidence, problems = answer["evidence"][0], []
        if evidence["truncated"] or evidence["row_count"] != len(evidence["result"]):
            problems.append(f"{len(evidence['result'])} of {evidence['row_count']} rows")
        if not evidence["result"]:
            problems.append("no row")
        if answer["run_id"] != self.run:
            problems.append(f"run {answer['run_id']}, before {self.run}")
        return problems


def rows_of(evidence):
    names = [column["name"] for column in evidence["columns"]]
    return [dict(zip(names, cells, strict=True)) for cells in evidence["result"]]


def written(value, kind):
    """How a bound value is written, by the formats documented in domain/src/answer.rs."""
    if kind == "name":
        return " ".join(value.split())
    if kind == "id":
        return str(value)
    if kind == "integer":
        return f"{value:,d}" if isinstance(value, int) else f"{value:,.0f}"
    if kind == "percent":
        return f"{value * 100:,.1f} %"
    if kind == "decimal":
        return f"{value:,.2f}"
    if kind == "hour":
        return f"{value:d}:00"
    if kind == "days":
        return "1 day" if f"{value:.0f}" == "1" else f"{value:,.0f} days"
    raise ValueError(f"unknown format {kind}")


def binding_problems(answer):
    # Offsets count Unicode scalars, as Python's strings do.
    text, problems, covered = answer["text"], [], set()
    evidence = {item["id"]: rows_of(item) for item in answer["evidence"]}
    if not answer["bindings"]:
        problems.append("no binding")
    for binding in answer["bindings"]:
        start, end = binding["start"], binding["end"]
        covered.update(range(start, end))
        found = text[start:end]
        if binding.get("kind", "evidence") == "question":
            continue
        try:
            cell = evidence[binding["evidence"]][binding["row"]][binding["column"]]
            expected = written(binding["value"], binding["format"])
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            problems.append(f"{binding}: {error!r}")
            continue
        if cell != binding["value"]:
            problems.append(f"[{start}, {end}) has {binding['value']!r}, its cell {cell!r}")
        before = text[:start].rstrip(" ")
        if binding["format"] == "name" and (not before or before[-1] in ".!?\n"):
            expected = expected[:1].upper() + expected[1:]
        if found != expected:
            problems.append(f"[{start}, {end}) reads {found!r}, its value is written {expected!r}")
    bare = [i for i, char in enumerate(text) if char.isdigit() and i not in covered]
    if bare:
        problems.append(f"a figure without a binding at {bare[0]}: {text!r}")
    return problems


def block_problems(answer):
    evidence, problems = {item["id"]: rows_of(item) for item in answer["evidence"]}, []
    for block in answer["blocks"]:
        if block["type"] == "table":
            shown = rows_of({"columns": block["columns"], "result": block["rows"]})
        elif block["type"] == "products":
            shown = block["items"]
        else:
            continue
        rows = evidence[block["evidence"]]
        if len(shown) != len(rows):
            problems.append(f"{block['type']}: {len(shown)} rows, evidence has {len(rows)}")
        for number, (item, row) in enumerate(zip(shown, rows)):
            for column in item.keys() & row.keys():
                if item[column] != row[column]:
                    problems.append(f"{block['type']} row {number} {column}: {item[column]!r}, evidence "
                                    f"{row[column]!r}")
    return problems


# --- comparing -----------------------------------------------------------------------------------------------------


def same(found, expected):
    if isinstance(found, bool) or isinstance(expected, bool) or None in (found, expected):
        return found is expected
    if isinstance(found, int) and isinstance(expected, int):
        return found == expected
    if isinstance(found, (int, float)) and isinstance(expected, (int, float)):
        return math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=1e-12)
    return found == expected


def cell_problems(row, expected, where, skipped=()):
    """Differences of one row; a column that nothing is expected of is one."""
    problems = [f"{where}: nothing to compare {column} with" for column in row
                if column not in expected and column not in skipped]
    problems += [f"{where}: {column} is {row[column]!r}, expected {expected[column]!r}" for column in row
                 if column in expected and not same(row[column], expected[column])]
    return problems


def keyed_problems(rows, expected, key, skipped=()):
    """Differences of rows from the expected ones that have the same key."""
    problems, seen = [], set()
    for number, row in enumerate(rows):
        value = row[key]
        if value in seen:
            problems.append(f"row {number}: {key} {value!r} again")
        seen.add(value)
        if value not in expected:
            problems.append(f"row {number}: {key} {value!r} is not expected")
            continue
        problems += cell_problems(row, expected[value], f"row {number}", skipped)
    return problems


def ranking_problems(rows, expected, measure, cut):
    """Differences from the best `cut` by a measure; rows of equal measure may stand in any order, and for another."""
    best = sorted((row[measure] for row in expected.values()), reverse=True)[:cut]
    found = [row[measure] for row in rows]
    problems = [] if len(found) == len(best) else [f"{len(found)} rows, expected {len(best)}"]
    return problems + [f"place {place}: {measure} {a!r}, expected {b!r}"
                       for place, (a, b) in enumerate(zip(found, best), 1) if not same(a, b)]


def query(con, sql, *parameters):
    cursor = con.execute(sql, list(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_key(rows, key):
    return {row[key]: row for row in rows}


# --- the questions -------------------------------------------------------------------------------------------------


def orders(con, asker, report):
    _, rows = asker.ask("q1", "How many orders are there?", "--role", "analyst")
    expected = query(con, "SELECT count(*) AS orders FROM orders")
    report.add("q1", "count of order rows", cell_problems(rows[0], expected[0], "row 0"))


def departments(con, asker, report):
    rates = by_key(query(con, """
        SELECT d.department, sum(l.reordered) / count(*) AS reorder_rate
        FROM order_lines l JOIN products USING (product_id) JOIN departments d USING (department_id)
        GROUP BY d.department"""), "department")
    answer, rows = asker.ask("q2", "Which department has the highest reorder rate?", "--role", "analyst")
    report.add("q2", "reorder rate of the department", keyed_problems(rows, rates, "department"))
    report.add("q2", "it is the highest", ranking_problems(rows, rates, "reorder_rate", 1))
    session = answer["session_id"]
    answer, rows = asker.ask("q3", "and the lowest?", "--role", "analyst", "--session", session)
    lowest = min(row["reorder_rate"] for row in rates.values())
    found = [row["reorder_rate"] for row in rows]
    report.add("q3", "reorder rate of the department", keyed_problems(rows, rates, "department"))
    report.add("q3", "it is the lowest",
               [] if len(found) == 1 and same(found[0], lowest) else [f"{found}, expected {lowest!r}"])
    report.add("q3", "same conversation", [] if answer["session_id"] == session else [answer["session_id"]])


def top_frozen(con, asker, report):
    _, rows = asker.ask("q4", "top 5 products in frozen", "--role", "analyst")
    sold = by_key(query(con, """
        SELECT p.product_id, p.product_name, count(*) AS items
        FROM order_lines l JOIN products p USING (product_id) JOIN departments d USING (department_id)
        WHERE d.department = 'frozen' GROUP BY ALL"""), "product_id")
    report.add("q4", "lines of each product", keyed_problems(rows, sold, "product_id"))
    report.add("q4", "they are the top five", ranking_problems(rows, sold, "items", 5))


def dairy_by_hour(con, asker, report):
    answer, rows = asker.ask("q5", "reorder rate by hour for dairy eggs", "--role", "analyst")
    hours = by_key(query(con, """
        SELECT o.order_hour_of_day, sum(l.reordered) / count(*) AS reorder_rate
        FROM order_lines l JOIN orders o USING (order_id) JOIN products USING (product_id)
            JOIN departments d USING (department_id)
        WHERE d.department = 'dairy eggs' GROUP BY ALL"""), "order_hour_of_day")
    missing = [f"hour {hour} is missing" for hour in hours.keys() - {row["order_hour_of_day"] for row in rows}]
    report.add("q5", "reorder rate of each hour", keyed_problems(rows, hours, "order_hour_of_day") + missing)
    # The sentence tells the highest, then the lowest.
    rates = [row["reorder_rate"] for row in hours.values()]
    told = [binding["value"] for binding in answer["bindings"] if binding["column"] == "reorder_rate"]
    expected = [max(rates), min(rates)]
    report.add("q5", "highest and lowest hour in the sentence",
               [] if len(told) == 2 and all(map(same, told, expected)) else [f"{told}, expected {expected}"])


def catalogue(con):
    return by_key(query(con, """
        SELECT p.product_id, p.product_name, a.aisle, d.department
        FROM products p JOIN aisles a USING (aisle_id) JOIN departments d USING (department_id)"""), "product_id")


def search(con, asker, report):
    _, rows = asker.ask("q6", "find organic avocado", "--role", "analyst")
    products = catalogue(con)
    expected = {key: {**row, "kind": "product"} for key, row in products.items()}
    report.add("q6", "hits stand so in the catalogue",
               keyed_problems(rows, expected, "product_id", {"score", "rrf", "lexical_rank", "dense_rank"}))
    scores = [row["score"] for row in rows]
    report.add("q6", "best first", [] if scores == sorted(scores, reverse=True) else [f"{scores}"])

    def fits(row):
        # By the CSV's name of that product, not by the answer's.
        name = products[row["product_id"]]["product_name"].lower()
        return "organic" in name and "avocado" in name
    count = sum(map(fits, rows[:10]))
    # Who holds both words stands before who does not, and only they are above 1.
    held = [fits(row) for row in rows]
    report.add("q6", "those with both words stand first", [] if held == sorted(held, reverse=True) else [f"{held}"])
    told = [row["score"] > 1 for row in rows]
    report.add("q6", "a score above 1 says both words", [] if told == held else [f"{told}, expected {held}"])
    report.add("q6", "first hit holds both words", [] if fits(rows[0]) else [rows[0]["product_name"]])
    report.add("q6", "5 of the first 10 hits hold both words", [] if count >= 5 else [f"{count} of {len(rows[:10])}"])


def recommendations(con, asker, report):
    """The order of the list is the model's, which this oracle does not repeat; what is said of each product is checked."""
    _, rows = asker.ask("q7", "what should I buy?", "--user", str(CUSTOMER))
    # `ago` counts the orders with lines that came after an order.
    own = query(con, """
        WITH with_lines AS (
            SELECT order_id, row_number() OVER (ORDER BY order_number DESC) - 1 AS ago
            FROM orders WHERE user_id = $1 AND order_id IN (SELECT order_id FROM order_lines)
        ),
        held AS (SELECT DISTINCT product_id, order_id FROM order_lines WHERE user_id = $1)
        SELECT h.product_id, count(*) AS orders_with_product, min(w.ago) + 1 AS bought_orders_ago,
            (SELECT count(*) FROM with_lines) AS orders_total,
            count(*) FILTER (w.ago < $2) AS recent_orders_with_product,
            least((SELECT count(*) FROM with_lines), $2) AS recent_orders_total,
            (SELECT count(*) FROM order_lines l WHERE l.product_id = h.product_id) AS purchases
        FROM held h JOIN with_lines w USING (order_id) GROUP BY h.product_id""",
        CUSTOMER, RECENT_ORDERS)
    products = catalogue(con)
    expected = {row["product_id"]: {**products[row["product_id"]], **row, "score_kind": "probability"} for row in own}
    known = [row for row in rows if row["product_id"] in expected]
    report.add("q7", "counts of each product bought before", keyed_problems(known, expected, "product_id", MODEL_CELLS))
    report.add("q7", "reasons of products bought before",
               [f"{row['reason']!r}, expected {reason(row)!r} first" for row in known
                if not row["reason"].startswith(reason(row))])
    new = [row for row in rows if row["product_id"] not in expected]
    report.add("q7", "new products are in no order and said to be new",
               [f"{row}" for row in new
                if row["orders_with_product"] != 0 or not row["reason"].startswith("new to you; ")])
    scores = [row["score"] for row in rows]
    falling = scores == sorted(scores, reverse=True) and all(0.0 <= score <= 1.0 for score in scores)
    report.add("q7", "ranked by a probability", [] if falling and len(rows) == RECOMMENDATIONS else [f"{scores}"])
    ranks = [row["rank"] for row in rows]
    report.add("q7", "ranks count from 1", [] if ranks == list(range(1, len(rows) + 1)) else [f"{ranks}"])


def reason(row):
    """Over the last orders, or over all where there are no more or the last ones do not hold the product."""
    total, recent = row["orders_total"], row["recent_orders_total"]
    last = recent < total and row["recent_orders_with_product"] > 0
    count, of = (row["recent_orders_with_product"], recent) if last else (row["orders_with_product"], total)
    return f"in {count} of your {'last ' if last else ''}{of} {'order' if of == 1 else 'orders'}"


def chance(n_a, n_b, n_both, n):
    """Hypergeometric probability of at least `n_both` orders with both, were they independent."""
    def log_choose(a, b):
        return math.lgamma(a + 1) - math.lgamma(b + 1) - math.lgamma(a - b + 1)
    terms = (log_choose(n_a, k) + log_choose(n - n_a, n_b - k) - log_choose(n, n_b)
             for k in range(max(n_both, n_a + n_b - n), min(n_a, n_b) + 1))
    return math.fsum(map(math.exp, terms))


def related(con, asker, report):
    _, rows = asker.ask("q8", "what goes well with Banana?", "--role", "analyst")
    pairs = query(con, """
        WITH baskets AS (SELECT DISTINCT order_id, product_id FROM order_lines),
        total AS (SELECT count(DISTINCT order_id) AS n FROM order_lines),
        sold AS (SELECT product_id, count(*) AS orders FROM baskets GROUP BY product_id),
        one AS (SELECT product_id, product_name AS antecedent FROM products WHERE product_name = 'Banana'),
        counts AS (
            SELECT one.antecedent, b.product_id, any_value(sa.orders) AS n_a, any_value(sb.orders) AS n_b,
                count(*) AS n_both, any_value(total.n) AS n
            FROM one JOIN baskets a ON a.product_id = one.product_id
                JOIN baskets b ON b.order_id = a.order_id AND b.product_id <> a.product_id
                JOIN sold sa ON sa.product_id = a.product_id JOIN sold sb ON sb.product_id = b.product_id
                CROSS JOIN total
            GROUP BY ALL
        )
        SELECT *, n_both / n AS support, n_both / n_a AS confidence, (n_both / n_a) / (n_b / n) AS lift,
            n_both / n - (n_a / n) * (n_b / n) AS leverage,
            CASE WHEN n_both < n_a THEN (1 - n_b / n) / (1 - n_both / n_a) END AS conviction
        FROM counts WHERE n_both >= $1 AND least(n_a, n_b) >= $2""", MIN_BOTH, MIN_ITEM_ORDERS)
    products = catalogue(con)
    expected = {}
    for row in pairs:
        row["p_value"] = chance(row["n_a"], row["n_b"], row["n_both"], row["n"])
        if row["lift"] > 1 and row["p_value"] <= MAX_P_VALUE:
            expected[row["product_id"]] = {**products[row["product_id"]], **row}
    report.add("q8", "counts and measures of each pair", keyed_problems(rows, expected, "product_id"))
    report.add("q8", "ranked by leverage", ranking_problems(rows, expected, "leverage", RELATED))


def profile(con):
    """The customer by the CSV files: what stands in a profile but for the segment. Of equals, the lower id or value."""
    favourite = ("(SELECT t.{0} FROM lines JOIN products p USING (product_id) JOIN {0}s t USING ({0}_id) "
                 "GROUP BY t.{0}_id, t.{0} ORDER BY count(*) DESC, t.{0}_id LIMIT 1)")
    usual = "(SELECT {0} FROM own GROUP BY {0} ORDER BY count(*) DESC, {0} LIMIT 1)"
    return query(con, f"""
        WITH own AS (SELECT * FROM orders WHERE user_id = $1),
        last AS (SELECT * FROM own ORDER BY order_number DESC LIMIT 1),
        lines AS (SELECT * FROM order_lines WHERE user_id = $1)
        SELECT $1 AS user_id,
            (SELECT days_since_prior_order::DOUBLE FROM last) AS recency_days,
            (SELECT coalesce(days_since_prior_order >= 30, false) FROM last) AS recency_censored,
            (SELECT count(*) FROM own) AS frequency,
            count(*) / count(DISTINCT order_id) AS monetary,
            sum(reordered) / count(*) AS reorder_rate,
            {favourite.format('department')} AS favourite_department,
            {favourite.format('aisle')} AS favourite_aisle,
            {usual.format('order_dow')} AS usual_dow,
            {usual.format('order_hour_of_day')} AS usual_hour,
            count(DISTINCT order_id) AS orders_with_lines,
            count(DISTINCT product_id) AS distinct_products,
            count(*) AS lines
        FROM lines""", CUSTOMER)[0]


def published(con, lake, folder, sql):
    """The rows of the customer in a table of the run's models; `folder` is the table's, below `recsys`."""
    return query(con, sql.format("read_parquet($2, hive_partitioning = false)"), CUSTOMER,
                 str(lake / "recsys" / folder / "*.parquet"))


def outlook(con, lake, run_id):
    """What is published of the customer's coming weeks: the longest horizon that the data can show."""
    return published(con, lake, f"hazards/run={run_id}/churn", """
        SELECT horizon_days, p_no_order, expected_orders, expected_items FROM {}
        WHERE user_id = $1 AND NOT is_extrapolated ORDER BY horizon_days DESC LIMIT 1""")[0]


def segment(con, asker, report, lake):
    answer, rows = asker.ask("q9", f"which segment is customer {CUSTOMER} in?", "--role", "analyst")
    found = published(con, lake, f"user_seg/run={answer['run_id']}", """
        SELECT user_id, segment, segment_name, recency_days, recency_censored, frequency, monetary
        FROM {} WHERE user_id = $1""")
    if len(found) != 1:
        raise Failed(f"user_seg has {len(found)} rows of the customer")
    row, raw = found[0], profile(con)
    measures = {key: row[key] for key in ("recency_days", "recency_censored", "frequency", "monetary")}
    report.add("q9", "published recency, frequency, monetary", cell_problems(measures, raw, "user_seg"))
    told = {key: row[key] for key in ("segment", "segment_name")} | outlook(con, lake, answer["run_id"])
    report.add("q9", "segment and outlook as published", cell_problems(rows[0], {**raw, **told}, "row 0"))
    bound = {binding["column"] for binding in answer["bindings"]}
    report.add("q9", "segment is in the sentence", [] if "segment_name" in bound else [answer["text"]])


def about_customer(con, asker, report, lake):
    answer, rows = asker.ask("q10", f"tell me about customer {CUSTOMER}", "--role", "analyst")
    told = outlook(con, lake, answer["run_id"])
    report.add("q10", "profile", cell_problems(rows[0], {**profile(con), **told}, "row 0", {"segment", "segment_name"}))


def main():
    parser = argparse.ArgumentParser(description="Check answers of the built binary against raw CSV data.")
    parser.add_argument("--binary", required=True, type=Path, help="the built insightflow")
    parser.add_argument("--lake", required=True, type=Path, help="a lake with a published run of the source")
    parser.add_argument("--source", required=True, type=Path, help="folder with the six CSV files")
    parser.add_argument("--max-elapsed-ms", type=float, default=MAX_ELAPSED_MS, metavar="N",
                        help="every answer takes less (default %(default)g)")
    args = parser.parse_args()
    con, report = duckdb.connect(), Report()
    try:
        if not args.binary.is_file() or not args.lake.is_dir():
            raise OSError("no such binary or lake")
        build_views(con, args.source)
    except (OSError, duckdb.Error) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 2
    asker = Asker(args.binary.resolve(), args.lake, report, args.max_elapsed_ms)
    questions = [("q1", orders), ("q2-q3", departments), ("q4", top_frozen), ("q5", dairy_by_hour), ("q6", search),
                 ("q7", recommendations), ("q8", related),
                 ("q9", lambda *shared: segment(*shared, args.lake)),
                 ("q10", lambda *shared: about_customer(*shared, args.lake))]
    for name, question in questions:
        try:
            question(con, asker, report)
        except (Failed, duckdb.Error, subprocess.TimeoutExpired, OSError, LookupError, ValueError) as error:
            report.add(name, "could be checked", [repr(error)])
    return 1 if report.print_table() else 0


if __name__ == "__main__":
    sys.exit(main())
