"""What a run has found: medians and spreads of the figures, and a verdict on each row of the plan."""

import dataclasses
import os
import platform
import statistics

from measure import Failed


@dataclasses.dataclass
class Verdict:
    section: str
    name: str
    value: float | None  # None: it could not be measured
    low: float | None
    high: float | None
    unit: str
    target: str
    met: bool | None  # None: there is no target
    why: str = ""


def target_of(least, most):
    if least is not None:
        return f"≥ {least:g}"
    return "" if most is None else f"≤ {most:g}"


def judge(section, name, values, unit="", least=None, most=None, why=""):
    target = target_of(least, most)
    if not values:
        return Verdict(section, name, None, None, None, unit, target, False if target else None, why)
    value = statistics.median(values)
    met = None if not target else (value >= least if least is not None else value <= most)
    return Verdict(section, name, value, min(values), max(values), unit, target, met, why)


class Results:
    """`rounds[case][i]` is what round i gave, a dict of figures by subject; what failed is a `Failed` in its place."""

    def __init__(self):
        self.rounds = {}
        self.verdicts = []

    def add(self, case, subject, round_number, figures):
        rounds = self.rounds.setdefault(case.name, [])
        while len(rounds) <= round_number:
            rounds.append({})
        rounds[round_number][subject.name] = figures

    def of(self, case_name, subject_name):
        """The figures of every round that gave some."""
        found = [each.get(subject_name) for each in self.rounds.get(case_name, [])]
        return [figures for figures in found if isinstance(figures, dict)]

    def judge_row(self, row):
        values, why = [], ""
        for figures in self.rounds.get(row.case, []):
            try:
                values.append(row.figure(figures))
            except (KeyError, TypeError, ZeroDivisionError):
                failures = [str(each) for each in figures.values() if isinstance(each, Failed)]
                why = "; ".join(failures) or "no figures"
        self.verdicts.append(judge(row.section, row.name, values, row.unit, row.least, row.most, why))

    def judge_micro(self, timings, instructions):
        """`timings`: one dict of ns by name for each round."""
        for name in timings[0]:
            values = [timing[name] for timing in timings]
            self.verdicts.append(judge("micro", f"codec + core, {name}", values, "ns a request", most=200))
        for name, count in instructions.items():
            self.verdicts.append(judge("micro", f"codec + core, {name}", [count], "instructions a request"))

    def as_json(self, run):
        return {
            **run,
            "verdicts": [dataclasses.asdict(verdict) for verdict in self.verdicts],
            "rounds": {case: [{subject: figures if isinstance(figures, dict) else {"failed": str(figures)}
                               for subject, figures in one.items()} for one in rounds]
                       for case, rounds in self.rounds.items()},
        }


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{len(os.sched_getaffinity(0))} cores of {model}, Linux {platform.release()}"
