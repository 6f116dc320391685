"""The run as one HTML file that needs no network: the rates, the CPU time and the verdicts, drawn by Chart.js."""

import html
import json
import statistics

LIBRARY = "/usr/share/javascript/chart.js/chart.min.js"
COLOURS = ("#2563eb", "#93c5fd", "#dc2626", "#16a34a", "#9333ea", "#f59e0b", "#0891b2", "#64748b", "#be185d", "#65a30d")

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>rollcall, side by side</title>
<meta name="viewport" content="width=device-width">
<style>
 body {{ font: 16px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #111; }}
 table {{ border-collapse: collapse; }} td, th {{ padding: .2em .8em; text-align: left; }} td.n {{ text-align: right; }}
 tr:nth-child(even) {{ background: #f3f4f6; }} .missed {{ color: #b91c1c; font-weight: bold; }}
 .chart {{ height: 26em; margin-bottom: 2em; }}
</style>
<script>{library}</script></head><body>
<h1>rollcall, side by side</h1><p>{about}</p>
<h2>Requests a second, as a part of the bare ROUTER's</h2><div class="chart"><canvas id="rate"></canvas></div>
<h2>CPU time of the server, µs a request</h2><div class="chart"><canvas id="cpu"></canvas></div>
<h2>Verdicts</h2><table><tr><th></th><th>median</th><th>from</th><th>to</th><th></th><th>target</th><th></th></tr>
{rows}</table>
<script>
const data = {data};
const draw = (id, datasets, logarithmic) => new Chart(document.getElementById(id), {{
  type: "bar", data: {{labels: data.labels, datasets}},
  options: {{maintainAspectRatio: false, animation: false,
             scales: {{y: {{type: logarithmic ? "logarithmic" : "linear"}},
                       x: {{title: {{display: true, text: "clients x requests in flight of each"}}}}}}}}}});
draw("rate", data.rate, false);
draw("cpu", data.cpu, true);
</script></body></html>
"""


def series(results, cases, base, key):
    """One dataset a subject; as parts of `base`'s values, where one is given."""
    names = dict.fromkeys(subject.name for case in cases for subject in case.subjects)

    def median(case, name):
        found = results.of(case.name, name)
        return statistics.median(each[key] for each in found) if found else None

    for i, name in enumerate(names):
        values = [median(case, name) for case in cases]
        if base:
            under = [median(case, base) for case in cases]
            values = [one / other if one is not None and other else None for one, other in zip(values, under)]
        yield {"label": name, "data": values, "backgroundColor": COLOURS[i % len(COLOURS)]}


def page(results, cases, about):
    loops = [case for case in cases if case.section == "throughput"]
    # The machine's limit is so far above the others that they could not be told apart.
    rate = [each for each in series(results, loops, "router", "per_second") if each["label"] != "epoll"]
    data = {"labels": [case.name for case in loops], "rate": rate,
            "cpu": list(series(results, loops, None, "server_cpu_us_per_request"))}
    rows = []
    for verdict in results.verdicts:
        said = {True: "<td>met", False: '<td class="missed">missed', None: "<td>"}[verdict.met]
        numbers = "".join(f'<td class="n">{"" if each is None else f"{each:,.3g}"}'
                          for each in (verdict.value, verdict.low, verdict.high))
        rows.append(f"<tr><td>{html.escape(verdict.name)}{numbers}<td>{html.escape(verdict.unit)}"
                    f"<td>{html.escape(verdict.target)}{said} {html.escape(verdict.why)}")
    with open(LIBRARY, encoding="utf-8") as file:
        library = file.read()
    return PAGE.format(library=library, about=html.escape(about), rows="\n".join(rows),
                       data=json.dumps(data).replace("</", "<\\/"))
