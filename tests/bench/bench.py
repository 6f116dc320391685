"""Measures rollcall and what it is compared with, in alternating rounds. tools/bench.sh builds it all and calls this.

Exit codes: 0 it ran; 1 with --check, a target was missed; 2 wrong usage; 3 nothing could be measured; 130 interrupted.
"""

import argparse
import datetime
import json
import os
import shlex
import sys

import chart
import measure
import plan
import table
from results import Results, machine

QUICK_ROUNDS, ROUNDS = 3, 5


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="tools/bench.sh", allow_abbrev=False,
        description="Measures rollcall beside the guide's mtserver, a bare ROUTER and an epoll program.")
    parser.add_argument("--quick", action="store_true", help="a short form, below 90 s")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    parser.add_argument("--rounds", type=int, help=f"default {ROUNDS}, and {QUICK_ROUNDS} with --quick")
    parser.add_argument("--only", choices=plan.SECTIONS, action="append", help="a section; repeatable")
    parser.add_argument("--json", metavar="FILE", help="everything that was measured")
    parser.add_argument("--html", metavar="FILE", help="charts and verdicts, as one page")
    parser.add_argument("--against", metavar="DIR", default="", help="programs of another build, to be compared with")
    parser.add_argument("--binaries", metavar="DIR", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.rounds is None:
        options.rounds = QUICK_ROUNDS if options.quick else ROUNDS
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if options.against and not os.access(os.path.join(options.against, "rollcall-server"), os.X_OK):
        parser.error(f"--against: there is no rollcall-server in {options.against}")
    for path in filter(None, (options.json, options.html)):
        folder = os.path.dirname(os.path.abspath(path))
        if not os.access(folder, os.W_OK):
            parser.error(f"{path}: cannot write into {folder}")
    options.only = options.only or list(plan.SECTIONS)
    return options


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def run_case(case, options, results):
    """A B C, A B C, ...: what slows the machine for a while slows all of them."""
    for number in range(min(max(options.rounds, case.rounds_least), case.rounds_max)):
        for subject in case.subjects:
            progress(f"{case.section}: {case.name}, round {number + 1}, {subject.name}")
            try:
                figures = measure.measure(subject, case.args, case.duration_s, options.binaries)
            except measure.Failed as failed:
                figures = failed
            results.add(case, subject, number, figures)
    progress("")
    lines = table.figures(results, case)
    if lines:
        print(case.name + "\n" + "\n".join(lines) + "\n", flush=True)


def run_micro(options, results):
    seconds = 0.05 if options.quick else 0.5
    progress("micro")
    timings = [measure.micro(options.binaries, seconds) for _ in range(options.rounds)]
    results.judge_micro(timings, measure.instructions(options.binaries))
    progress("")


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main(argv):
    options = parse(argv)
    cases, rows = plan.plan(options.only, options.quick, options.against)
    results = Results()
    date = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    shown = [arg for arg in argv if not arg.startswith("--binaries")]
    command = " ".join(["tools/bench.sh", *map(shlex.quote, shown)])
    about = f"{command} on {date}: {machine()}; {options.rounds} rounds"
    print(about + "\n", flush=True)
    for case in cases:
        run_case(case, options, results)
    for row in rows:
        results.judge_row(row)
    if "micro" in options.only:
        run_micro(options, results)
    loops = [case for case in cases if case.section == "throughput"]
    if loops:
        print("\n".join(table.bars(results, loops, (plan.OURS.name, plan.MTSERVER.name, plan.ROUTER.name))) + "\n")
    print("\n".join(table.verdicts(results)))
    run = {"command": command, "date": date, "machine": machine(), "rounds_planned": options.rounds}
    if options.json:
        write(options.json, json.dumps(results.as_json(run), indent=1) + "\n")
    if options.html:
        write(options.html, chart.page(results, cases, about))
    if all(verdict.value is None for verdict in results.verdicts):
        print("tools/bench.sh: nothing could be measured", file=sys.stderr)
        return 3
    missed = sum(verdict.met is False for verdict in results.verdicts)
    print(f"\n{missed} of {sum(verdict.met is not None for verdict in results.verdicts)} targets missed")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
