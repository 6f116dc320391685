"""What is measured, of whom, and what it should come to: data, and the functions that make figures of it.

A `Case` is one load and the subjects that take turns at it. A `Row` is a figure with its verdict: the median over the
rounds of what `figure` makes of one round's results, which are dicts of the generator's figures by subject.
"""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Subject:
    name: str
    program: str
    args: tuple = ()
    protocol: str = "plain"
    directory: str = ""  # of its program, where that is another build's
    load: tuple = ()  # for the generator, besides the case's
    watchers: int = 0  # clients that watch; where there are some, a page is open, too


@dataclasses.dataclass(frozen=True)
class Case:
    section: str
    name: str
    args: tuple
    duration_s: float
    subjects: tuple
    rounds_max: int = 1000
    rounds_least: int = 1


@dataclasses.dataclass(frozen=True)
class Row:
    section: str
    name: str
    case: str
    figure: Callable
    unit: str = ""
    least: float | None = None
    most: float | None = None


MTSERVER = Subject("mtserver", "rollcall-bench-mtserver", protocol="delimited")
ROUTER = Subject("router", "rollcall-bench-router")
EPOLL = Subject("epoll", "rollcall-bench-epoll")


def rollcall(workers=2, protocol="plain", directory=""):
    name = "against" if directory else "rollcall"
    return Subject(f"{name}/{protocol}/{workers}", "rollcall-server",
                   ("--workers", str(workers), "--max-clients", "15000", "--quiet"), protocol, directory)


def handler(workers):
    return Subject(f"rollcall/handler/{workers}", "rollcall-test-server", ("--workers", str(workers)))


OURS, FULL = rollcall(), rollcall(protocol="full")
LOADS = {(1, 1): None, (8, 64): (3.5, 1.0), (64, 16): (2.2, 0.95), (1000, 2): (1.3, 0.95), (5000, 1): (1.2, 0.95)}


def load_args(clients, window, seconds, *more):
    return ("--clients", str(clients), "--window", str(window), "--warm-up", "0.25", "--duration", str(seconds), *more)


def throughput(quick, against):
    seconds = 0.35 if quick else 1.0
    subjects = (OURS, MTSERVER, ROUTER, FULL)
    if not quick:
        subjects += (rollcall(1), rollcall(4), rollcall(1, "full"), rollcall(4, "full"), EPOLL)
    if against:
        subjects += (rollcall(directory=against),)
    cases, rows = [], []
    for (clients, window), targets in LOADS.items():
        name = f"{clients} x {window}"
        cases.append(Case("throughput", name, load_args(clients, window, seconds), seconds, subjects))

        def row(figure_name, figure, name=name, **targets):
            rows.append(Row("throughput", f"{name}: {figure_name}", name, figure, **targets))

        if targets:
            row("against mtserver", ratio("per_second", OURS, MTSERVER), least=targets[0])
            row("against ROUTER", ratio("per_second", OURS, ROUTER), least=targets[1])
        else:
            row("p50 against mtserver", ratio("p50_us", OURS, MTSERVER), most=0.7)
            row("p50 against ROUTER", ratio("p50_us", OURS, ROUTER), most=1.5)
        row("full protocol against plain", ratio("per_second", FULL, OURS), least=0.9)
        if against:
            row("against the other build", ratio("per_second", OURS, rollcall(directory=against)), least=0.97)
    return cases, rows


def with_load(subject, name, *load):
    return dataclasses.replace(subject, name=name, load=load)


def idle(quick):
    seconds = 0.4 if quick else 1.0
    none, *some = [with_load(OURS, f"{count:,} idle", "--idle", str(count))
                   for count in ((0, 1000) if quick else (0, 1000, 10_000))]
    case = Case("idle", "8 x 64 beside idle clients", load_args(8, 64, seconds), seconds, (none, *some))
    return [case], [Row("idle", f"8 x 64 beside {each.name}: against beside none", case.name,
                        ratio("per_second", each, none), least=0.95) for each in some]


def watched(quick):
    seconds = 0.4 if quick else 1.0
    seen = dataclasses.replace(OURS, name="10 watchers and the page", watchers=10)
    case = Case("watched", "8 x 64, watched", load_args(8, 64, seconds), seconds, (OURS, seen),
                rounds_least=1 if quick else 30)  # one says little: they differ by a third
    return [case], [
        Row("watched", "8 x 64 beside 10 watchers and the page: against without", case.name,
            ratio("per_second", seen, OURS), least=None if quick else 0.97),
        Row("watched", "the same: CPU a request", case.name, ratio("server_cpu_us_per_request", seen, OURS))]


def crowd(quick):
    hold_s = 5 if quick else 60
    stay = Case("crowd", f"10,000 idle for {hold_s} s", ("--crowd", "10000", "--hold", str(hold_s)), hold_s, (OURS,), 1)
    ours, bare = with_load(OURS, OURS.name, "--kill"), ROUTER
    come = Case("crowd", "10,000 join", ("--crowd", "10000"), 5, (ours, bare), 1 if quick else 5)
    return [stay, come], [
        Row("crowd", f"{stay.name}: share of a core", stay.name, value("hold_server_cpu_share", OURS), most=0.08),
        Row("crowd", f"{stay.name}: clients dropped", stay.name, value("lost", OURS), most=0),
        Row("crowd", "10,000 join: time", come.name, value("join_seconds", ours), "s", most=3),
        Row("crowd", "10,000 killed: until the count is right", come.name, value("kill_seconds", ours), "s", most=2),
        Row("crowd", "memory a client, above ROUTER's", come.name,
            lambda now: now[ours.name]["kib_per_client"] - now[bare.name]["kib_per_client"], "KiB", most=1),
    ]


def handlers(quick):
    cases, rows = [], []
    for ms in (1, 20):
        for workers in (1, 8) if quick else (1, 2, 4, 8):
            subject = handler(workers)
            seconds = 0.4 * (1 if ms == 1 or quick else 3)
            name = f"{ms} ms, {workers} worker{'s' if workers > 1 else ''}"
            cases.append(Case("handlers", name, load_args(16, 4, seconds, "--message", f"sleep {ms} x"), seconds,
                              (subject,)))
            rows.append(Row("handlers", f"{name}: of workers / {ms} ms", name,
                            lambda now, subject=subject, ms=ms, workers=workers:
                            now[subject.name]["per_second"] * ms / 1000 / workers,
                            least=0.97 if ms == 1 else None))
    seconds = 0.8 if quick else 2
    quiet = with_load(handler(4), "without a flood")
    flooded = with_load(handler(4), "beside a client that floods", "--flood", "1")
    case = Case("handlers", "8 x 4, 1 ms, 4 workers", load_args(8, 4, seconds, "--message", "sleep 1 x"), seconds,
                (quiet, flooded))
    rows.append(Row("handlers", "a flood: the others' p99, against without", case.name,
                    ratio("p99_us", flooded, quiet), most=2))
    rows.append(Row("handlers", "a flood: its part, of a ninth", case.name, lambda now: 9 / (
        1 + now[flooded.name]["per_second"] / now[flooded.name]["flood_per_second"]), most=1.1))
    return [*cases, case], rows


def ratio(key, one, other):
    return lambda now: now[one.name][key] / now[other.name][key]


def value(key, subject):
    return lambda now: now[subject.name][key]


SECTIONS = ("throughput", "idle", "watched", "crowd", "handlers", "micro")


def plan(only, quick, against):
    """The cases and rows of these sections; `micro` has none, since it has no server."""
    made = {"throughput": lambda: throughput(quick, against), "idle": lambda: idle(quick),
            "watched": lambda: watched(quick), "crowd": lambda: crowd(quick), "handlers": lambda: handlers(quick)}
    parts = [made[section]() for section in SECTIONS if section in only and section in made]
    return [case for cases, _ in parts for case in cases], [row for _, rows in parts for row in rows]
