#!/usr/bin/env python3
"""ALS of ours against PyPI `implicit`: time per iteration and loss, on the same matrix, in the same run.

    als_implicit.py --program PATH --source DIR [--cache DIR] [--repeat 5] [--iterations 10] [--customers N]

Measures: the orders that hold each (customer, product) pair, prior and train, of a folder in the six-file layout
(`make bench` takes the synthetic one of full size), rank 64, alpha 40, lambda 0.01, r = 1 + ln(1 + count), c = 1 + alpha r.
--program is the example `als_bench` of the crate recsys; both sides get two threads, three steps of conjugate gradient,
and run alternately, ours first, each run in a process of its own. `implicit` gets c itself as its matrix with its own
alpha at 1 (its entries are the confidences of what was bought, everything else has confidence 1), float32, its native
loops, OpenBLAS at one thread as its documentation asks, and no loss while the clock runs.
A time is that of a whole training over its iterations: ours from the call to the last sweep, theirs the sum of the
times its callback is given, which leaves out its transposition and its start.
The loss is our f64 function on the factors of each side after the last sweep. --customers takes only the customers
with the lowest ids.

The matrix is exported once to --cache (170 MB) as little-endian numbers without header: `users.u32`, `products.u32`,
`counts.u32`, an entry a pair, by customer and product. Remove the folder when the source was made anew.

Exit code 2: something cannot be read or run; 3: ours was slower or its loss higher.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# Before numpy is loaded: OpenBLAS reads it once.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

RANK, ALPHA, REGULARIZATION = 64, 40.0, 0.01
THREADS, STEPS = 2, 3
PARTS = ("users", "products", "counts")


def export(source, cache, customers):
    """Writes the matrix unless it is there; the folder appears when it is complete. Returns the folder."""
    folder = cache / ("all" if customers is None else f"first-{customers}")
    if folder.is_dir():
        return folder

    def columns(name):
        return np.loadtxt(source / name, delimiter=",", skiprows=1, usecols=(0, 1), dtype=np.uint32)

    orders = columns("orders.csv")
    user_of = np.zeros(int(orders[:, 0].max()) + 1, dtype=np.uint32)
    user_of[orders[:, 0]] = orders[:, 1]
    lines = np.concatenate([columns("order_products__prior.csv"), columns("order_products__train.csv")])
    users = user_of[lines[:, 0]].astype(np.uint64)
    pairs = (users << np.uint64(32)) | lines[:, 1]
    if customers is not None:
        last = np.unique(users)[:customers][-1]
        pairs = pairs[users <= last]
    pairs, counts = np.unique(pairs, return_counts=True)
    parts = (pairs >> np.uint64(32), pairs & np.uint64(0xFFFF_FFFF), counts)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=cache))
    for name, part in zip(PARTS, parts):
        part.astype("<u4").tofile(unfinished / f"{name}.u32")
    unfinished.rename(folder)
    return folder


def theirs(folder, iterations, seed, out):
    """Trains with `implicit`, in this process: writes the factors, prints the seconds of each iteration."""
    import implicit
    import scipy.sparse
    import threadpoolctl

    users, products, counts = (np.fromfile(folder / f"{name}.u32", dtype="<u4") for name in PARTS)
    _, rows = np.unique(users, return_inverse=True)
    _, columns = np.unique(products, return_inverse=True)
    confidence = (1.0 + ALPHA * (1.0 + np.log1p(counts.astype(np.float64)))).astype(np.float32)
    matrix = scipy.sparse.csr_matrix((confidence, (rows, columns)))
    threadpoolctl.threadpool_limits(1, "blas")
    model = implicit.cpu.als.AlternatingLeastSquares(
        factors=RANK, regularization=REGULARIZATION, alpha=1.0, dtype=np.float32, use_native=True, use_cg=True,
        iterations=iterations, calculate_training_loss=False, num_threads=THREADS, random_state=seed)
    assert model.cg_steps == STEPS, model.cg_steps
    seconds = []
    model.fit(matrix, show_progress=False, callback=lambda _, elapsed, __: seconds.append(elapsed))
    model.user_factors.astype("<f4").tofile(out / "users.f32")
    model.item_factors.astype("<f4").tofile(out / "items.f32")
    print(json.dumps({"seconds": sum(seconds), "iterations": iterations, "version": implicit.__version__}))


def answer(command, **more):
    """Runs a command and reads the JSON line it prints."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, **more)
    if done.returncode != 0:
        raise OSError(f"{command[0]} ended with exit code {done.returncode}")
    return json.loads(done.stdout)


def bench(arguments):
    folder = export(arguments.source, arguments.cache, arguments.customers)
    shape = ["--rank", RANK, "--alpha", ALPHA, "--regularization", REGULARIZATION]
    runs = {"ours": [], "implicit": []}
    for turn in range(arguments.repeat):
        for name, found in runs.items():
            with tempfile.TemporaryDirectory() as out:
                if name == "ours":
                    command = [arguments.program, "train", folder, out, *shape, "--iterations", arguments.iterations,
                               "--threads", THREADS, "--steps", STEPS, "--seed", turn]
                else:
                    command = [sys.executable, __file__, "--theirs", folder, "--out", out,
                               "--iterations", arguments.iterations, "--seed", turn]
                run = answer(command)
                run["loss"] = answer([arguments.program, "loss", folder, out, *shape])["loss"]
            run["each"] = run["seconds"] / run["iterations"]
            found.append(run)
            print(f"  run {turn + 1}, {name}: {run['each']:.3f} s an iteration, loss {run['loss']:.6e}", flush=True)
    (ours_s, their_s), (ours_loss, their_loss) = (
        [statistics.median(run[key] for run in runs[name]) for name in runs] for key in ("each", "loss"))
    version = runs["implicit"][0]["version"]
    print(f"ALS, rank {RANK}, {arguments.iterations} iterations, {STEPS} steps, {THREADS} threads, medians of "
          f"{arguments.repeat} alternated runs")
    print(f"{'':<28}{'ours':>14}{'implicit ' + version:>18}{'ratio':>9}")
    print(f"{'seconds an iteration':<28}{ours_s:>14.3f}{their_s:>18.3f}{ours_s / their_s:>9.3f}")
    print(f"{'loss (ours, f64)':<28}{ours_loss:>14.6e}{their_loss:>18.6e}{ours_loss / their_loss:>9.5f}")
    if ours_s > their_s or ours_loss > their_loss:
        print("als: slower than implicit, or a higher loss", file=sys.stderr)
        return 3
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--program", type=Path)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--theirs", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.theirs is not None:
        theirs(arguments.theirs, arguments.iterations, arguments.seed, arguments.out)
        return 0
    if arguments.program is None or arguments.source is None:
        parser.error("--program and --source are needed")
    if arguments.cache is None:
        arguments.cache = arguments.source.parent / f"{arguments.source.name}-als"
    try:
        return bench(arguments)
    except (OSError, ValueError) as error:
        print(f"als_implicit: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
