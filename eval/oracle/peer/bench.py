"""Runs our pipeline and the peer over the same source, alternately in one session, and prints both.

Ours: `BINARY --lake LAKE pipeline run --source DIR --without-models --without-index`, with threads and memory of the
batch engine set by a config file; time is the process's whole wall clock. The peer: `peer.py build` in a process of its
own; time is from the first statement to the last table, without the start of Python. The source is read once before, so
that nobody pays for a cold disk. With --repeat the lesser time of each counts: what else the machine does only adds.
Spill: the most bytes that stood in the run's `spill` folder, and in DuckDB's temp directory.
Exit code 3 when ours took longer, 1 when our run lacks a table that the peer makes.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from compare import newest_run

SEED = 7


class Failed(ValueError):
    """A run that did not end well, with its last words."""


class SpillWatch(threading.Thread):
    """The most bytes that stood in the spill folders of a lake's runs."""

    def __init__(self, lake):
        super().__init__(daemon=True)
        self.lake, self.most, self.done = lake, 0, threading.Event()

    def run(self):
        while not self.done.wait(0.1):
            found = 0
            for path in self.lake.glob("runs/*/spill/**/*"):
                try:
                    found += path.stat().st_size if path.is_file() else 0
                except FileNotFoundError:
                    pass
            self.most = max(self.most, found)


def spawn(command, log):
    """Runs a command; its wall clock, CPU seconds and peak resident memory."""
    start = time.monotonic()
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    if process.returncode != 0:
        tail = Path(log).read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise Failed(f"{Path(command[0]).name} ended with {process.returncode}: {' | '.join(tail)}")
    return {"total_seconds": round(seconds, 2), "total_cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_rss_bytes": usage.ru_maxrss * 1024}


def run_ours(arguments, source, work):
    lake, config = work / "lake", work / "bench.toml"
    shutil.rmtree(lake, ignore_errors=True)
    config.write_text(f"[pipeline]\nthreads = {arguments.threads}\nmemory_mib = {arguments.memory_mib}\n", encoding="utf-8")
    watch = SpillWatch(lake)
    watch.start()
    try:
        result = spawn([str(arguments.binary), "--lake", str(lake), "--config", str(config), "pipeline", "run",
                        "--source", str(source), "--without-models", "--without-index"], work / "ours.log")
    finally:
        watch.done.set()
        watch.join()
    manifest = newest_run(lake)
    stages = [stage for stage in manifest["stages"] if stage["status"] == "succeeded"]
    result["seconds"] = {stage["name"]: round(stage["elapsed_ms"] / 1000, 2) for stage in stages}
    result["bytes_spilled"] = watch.most
    result["bytes_written"] = sum(artefact["bytes"] for artefact in manifest["artefacts"])
    result["tables"] = {artefact["name"]: artefact["rows"] for artefact in manifest["artefacts"]}
    return result


def run_peer(arguments, source, work):
    out, log = work / "peer", work / "peer.log"
    spawn([sys.executable, str(Path(__file__).parent.parent / "peer.py"), "build", "--source", str(source), "--out",
           str(out), "--threads", str(arguments.threads), "--memory-limit", arguments.memory_limit, "--temp", str(work)], log)
    result = json.loads(log.read_text(encoding="utf-8").strip().splitlines()[-1])
    result["tables"] = {path.name.removesuffix(".parquet") for path in out.glob("*.parquet")}
    return result


def mib(count):
    return f"{count / (1 << 20):,.0f} MiB"


def show(label, result):
    print(f"\n{label}: {result['total_seconds']:.1f} s, {result['total_cpu_seconds']:.1f} CPU s, "
          f"peak {mib(result['peak_rss_bytes'])}, written {mib(result['bytes_written'])}, "
          f"spilled {mib(result['bytes_spilled'])}")
    for name, seconds in result["seconds"].items():
        print(f"    {name:<40}{seconds:>8.2f} s")


def warm(source):
    for path in sorted(Path(source).iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 22):
                    pass


def growth(arguments, work, ours):
    customers = ours["tables"]["gold.user_features"]
    quarter = work / "quarter"
    shutil.rmtree(quarter, ignore_errors=True)
    spawn([str(arguments.binary), "data", "synth", "--customers", str(customers // 4), "--seed", str(SEED), "--out",
           str(quarter)], work / "synth.log")
    small = min((run_ours(arguments, quarter, work) for _ in range(arguments.repeat)), key=lambda r: r["total_seconds"])
    show(f"ours on a quarter ({customers // 4:,} customers)", small)
    print(f"growth: {ours['total_seconds'] / small['total_seconds']:.2f} times the time for 4 times the customers")


def bench(arguments, work):
    # A bare file name would be looked for in PATH.
    arguments.binary = arguments.binary.resolve()
    warm(arguments.source)
    both = {"ours": run_ours, "the peer": run_peer}
    best = {}
    for round_number in range(arguments.repeat):
        # Who goes first changes, so that neither always runs on the warmer machine.
        for label in list(both) if round_number % 2 == 0 else list(both)[::-1]:
            result = both[label](arguments, arguments.source, work)
            print(f"round {round_number + 1}, {label}: {result['total_seconds']:.1f} s "
                  f"(load {os.getloadavg()[0]:.1f})", flush=True)
            if label not in best or result["total_seconds"] < best[label]["total_seconds"]:
                best[label] = result
    for label, result in best.items():
        show(label, result)
    ours, peer = best["ours"], best["the peer"]
    if missing := sorted(peer["tables"] - set(ours["tables"])):
        print(f"\nnot comparable: our run does not make {', '.join(missing)}")
    ratio = ours["total_seconds"] / peer["total_seconds"]
    print(f"\nratio ours / peer: {ratio:.2f} ({'ours is slower' if ratio > 1 else 'ours is faster'})")
    if arguments.growth:
        growth(arguments, work, ours)
    return 3 if ratio > 1 else 1 if missing else 0


def run(arguments):
    if arguments.repeat < 1:
        raise ValueError(f"--repeat {arguments.repeat}: at least 1")
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
        return bench(arguments, arguments.work)
    work = Path(tempfile.mkdtemp(prefix="peer-bench-"))
    try:
        return bench(arguments, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
