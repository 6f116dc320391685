"""The tables and the bars that people read."""

import statistics

BAR = 40


def columns(rows, align):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.rjust(width) if side == ">" else cell.ljust(width)
                        for cell, width, side in zip(row, widths, align)).rstrip()


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def figures(results, case):
    """What each subject of a closed loop did: medians, and the spread of the rate as (max - min) / median."""
    head = ["", "requests/s", "spread", "p50 µs", "p99 µs", "CPU µs/request", "server", "generator"]
    rows = [head]
    for subject in case.subjects:
        found = results.of(case.name, subject.name)
        if not found or "per_second" not in found[0]:
            continue

        def median(key, found=found):
            return statistics.median(each[key] for each in found)

        rates = [each["per_second"] for each in found]
        rate = median("per_second")
        spread = (max(rates) - min(rates)) / rate if rate else 0
        rows.append(["  " + subject.name, number(rate), f"{spread:.0%}", number(median("p50_us")),
                     number(median("p99_us")), f"{median('server_cpu_us_per_request'):.2f}",
                     f"{median('server_cpu_share'):.0%}", f"{median('generator_cpu_share'):.0%}"])
    return list(columns(rows, "<>>>>>>>")) if len(rows) > 1 else []


def verdicts(results):
    rows = [["", "median", "from", "to", "", "target", ""]]
    for verdict in results.verdicts:
        said = {True: "met", False: "MISSED", None: ""}[verdict.met]
        rows.append([verdict.name, number(verdict.value), number(verdict.low), number(verdict.high), verdict.unit,
                     verdict.target, said + (f" ({verdict.why})" if verdict.why else "")])
    return list(columns(rows, "<>>><<<"))


def bars(results, cases, names):
    """The rate of each subject, as a part of the fastest one's at the same load."""
    for case in cases:
        rates = {name: statistics.median(each["per_second"] for each in results.of(case.name, name))
                 for name in names if results.of(case.name, name)}
        if not rates:
            continue
        yield f"{case.name} (clients x in flight)"
        for name, rate in rates.items():
            yield f"  {name:<18} {'█' * round(BAR * rate / max(rates.values())):<{BAR}} {number(rate)}/s"
