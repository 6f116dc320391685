// Draws the charts of a report with Chart.js, from what report.js left in window.rollcall; once more when the reader's
// colours change.
"use strict";
{
  const {report, say, whole, digits, duration, elapsed, element, into} = window.rollcall;
  const {intervals, latency, service_time: service} = report;
  const charts = [];
  let colours = {};

  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(
      ["ink", "soft", "rule", "blue", "amber", "red", "green", "grey", "wash", "panel"].map((name) => [
        name,
        style.getPropertyValue(`--${name}`).trim(),
      ]),
    );
    Object.assign(Chart.defaults, {
      color: colours.soft,
      borderColor: colours.rule,
      animation: false,
      maintainAspectRatio: false,
    });
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Object.assign(Chart.defaults.plugins.legend.labels, {
      usePointStyle: true,
      pointStyle: "circle",
      boxWidth: 7,
      boxHeight: 7,
    });
    Object.assign(Chart.defaults.plugins.tooltip, {
      backgroundColor: colours.ink,
      titleColor: colours.panel,
      bodyColor: colours.panel,
      usePointStyle: true,
      boxPadding: 4,
    });
  };

  const figure = (id, title, about, tall = false) => {
    const canvas = element("canvas", {id, role: "img", "aria-label": title});
    into(
      "charts",
      element(
        "figure",
        {},
        element("figcaption", {}, title, element("small", {}, about)),
        element("div", {class: tall ? "chart tall" : "chart"}, canvas),
      ),
    );
  };

  const line = (label, data, colour, more = {}) => ({
    label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    pointBackgroundColor: colour,
    borderWidth: 2,
    pointRadius: data.length > 20 ? 0 : 3,
    pointHitRadius: 8,
    spanGaps: true,
    ...more,
  });
  // A run may last seconds or hours: steps that people count time in, as "40 s", or "1:40" from a minute on.
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
  const clock = (value) => {
    if (report.seconds < 60) return elapsed(value);
    const seconds = Math.round(value);
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };
  const timeAxis = () => ({
    type: "linear",
    min: 0,
    max: report.seconds,
    offset: false,
    grid: {display: false},
    ticks: {
      stepSize: report.seconds < 8 ? undefined : steps.find((step) => report.seconds / step <= 8),
      maxTicksLimit: 9,
      maxRotation: 0,
      includeBounds: false,
      callback: clock,
    },
  });
  const fromZero = (callback) => ({beginAtZero: true, ticks: {maxTicksLimit: 6, callback}});
  // Values that differ more than a screen can show are drawn by their order of magnitude.
  const spread = (values) => {
    const positive = values.filter((value) => value > 0);
    return (
      positive.length > 0 && positive.reduce((a, b) => Math.max(a, b)) > 40 * positive.reduce((a, b) => Math.min(a, b))
    );
  };
  const latencyAxis = (logarithmic) =>
    logarithmic
      ? {
          type: "logarithmic",
          ticks: {
            autoSkip: false,
            callback: (value) =>
              [1, 2, 5].includes(Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toFixed(6)))
                ? duration(value)
                : null,
          },
        }
      : fromZero(duration);
  const scaleName = (logarithmic) => (logarithmic ? say("; escala logarítmica", "; logarithmic scale") : "");
  const draw = (id, config) => charts.push(new Chart(document.getElementById(id), config));
  const overTime = (datasets, scales, label) => ({
    type: "line",
    data: {datasets},
    options: {
      interaction: {mode: "index", intersect: false},
      scales: {x: timeAxis(), ...scales},
      plugins: {tooltip: {callbacks: {title: ([item]) => clock(item.parsed.x), label}}},
    },
  });

  const middle = (each) => each.from_s + each.seconds / 2;
  const points = (key, at = middle) => intervals.map((each) => ({x: at(each), y: each[key]}));
  const step = () => {
    const seconds = intervals.reduce((most, each) => Math.max(most, each.seconds), 0);
    return `${say("um ponto a cada", "a point every")} ${elapsed(seconds)}`;
  };

  // --- the curve of percentiles: as far to the right as a percentile has nines ---
  const curve = (histogram) =>
    histogram.percentiles.map(({percent, ms}) => ({
      x: percent < 100 ? -Math.log10(1 - percent / 100) : Math.log10(Math.max(1, histogram.replies)),
      y: ms,
      percent,
    }));
  const nines = [
    [0, "0 %"],
    [Math.log10(2), "50 %"],
    [1, "90 %"],
    [2, "99 %"],
    [3, "99.9 %"],
    [4, "99.99 %"],
    [5, "99.999 %"],
    [6, "99.9999 %"],
  ];
  const percentiles = {
    wanted: () => latency !== null,
    logarithmic: () => spread([latency.p50_ms, latency.max_ms]),
    build() {
      figure(
        "percentiles",
        say("Latência por percentil", "Latency by percentile"),
        say(
          "que parte das respostas levou até tanto; à direita, as mais lentas",
          "which part of the replies took up to that; to the right, the slowest",
        ) + scaleName(this.logarithmic()),
      );
    },
    draw() {
      const open = report.open_loop && service;
      const datasets = [
        line(open ? say("corrigida", "corrected") : say("ida e volta", "round trip"), curve(latency), colours.blue, {
          pointRadius: 0,
          fill: !open,
          backgroundColor: open ? colours.blue : colours.wash,
        }),
      ];
      if (open)
        datasets.push(line(say("crua", "raw"), curve(service), colours.amber, {borderDash: [5, 4], pointRadius: 0}));
      draw("percentiles", {
        type: "line",
        data: {datasets},
        options: {
          interaction: {mode: "nearest", axis: "x", intersect: false},
          scales: {
            x: {
              type: "linear",
              min: 0,
              afterBuildTicks: (axis) => {
                axis.ticks = nines.filter(([at]) => at <= axis.max).map(([value]) => ({value}));
              },
              ticks: {autoSkip: true, maxRotation: 0, callback: (value) => nines.find(([at]) => at === value)?.[1]},
            },
            y: latencyAxis(this.logarithmic()),
          },
          plugins: {
            legend: {display: Boolean(open)},
            tooltip: {
              callbacks: {
                title: ([item]) => (item.raw.percent === 100 ? "max" : `p${item.raw.percent}`),
                label: (item) => ` ${item.dataset.label}: ${duration(item.parsed.y)}`,
              },
            },
          },
        },
      });
    },
  };

  const latencies = {
    wanted: () => latency !== null && intervals.length > 1,
    logarithmic: () => spread(intervals.flatMap((each) => [each.p50_ms, each.max_ms])),
    build() {
      figure("latencies", say("Latência no tempo", "Latency over time"), step() + scaleName(this.logarithmic()));
    },
    draw() {
      draw(
        "latencies",
        overTime(
          [
            line("p50", points("p50_ms"), colours.blue),
            line("p99", points("p99_ms"), colours.amber),
            line("max", points("max_ms"), colours.red, {borderWidth: 1}),
          ],
          {y: latencyAxis(this.logarithmic())},
          (item) => ` ${item.dataset.label}: ${duration(item.parsed.y)}`,
        ),
      );
    },
  };

  const rate = {
    wanted: () => intervals.length > 1,
    build() {
      figure("rate", say("Respostas por segundo", "Replies a second"), step());
    },
    draw() {
      const perSecond = (key) =>
        intervals.filter((each) => each.seconds > 0).map((each) => ({x: middle(each), y: each[key] / each.seconds}));
      const datasets = [
        line(say("respostas/s", "replies/s"), perSecond("replies"), colours.blue, {
          fill: true,
          backgroundColor: colours.wash,
        }),
      ];
      if (report.errors_total > 0) datasets.push(line(say("erros/s", "errors/s"), perSecond("errors"), colours.red));
      if (report.planned_per_second) {
        datasets.push(
          line(
            say("planejado", "planned"),
            [0, report.seconds].map((x) => ({x, y: report.planned_per_second})),
            colours.grey,
            {borderDash: [6, 5], borderWidth: 1.5, pointRadius: 0, pointHitRadius: 0, order: -1},
          ),
        );
      }
      const config = overTime(
        datasets,
        {y: fromZero(digits)},
        (item) => ` ${item.dataset.label}: ${digits(item.parsed.y)}`,
      );
      config.options.interaction = {mode: "nearest", axis: "x", intersect: false};
      draw("rate", config);
    },
  };

  // --- the count, and below it, on the same time axis, who came and went ---
  const count = {
    wanted: () => intervals.length > 1,
    build() {
      figure(
        "count",
        say("Clientes conectados", "Clients connected"),
        say(
          "o número que o servidor disse por último; embaixo, quem entrou, saiu ou caiu em cada intervalo",
          "the number that the server told last; below, who joined, left or crashed in each interval",
        ),
        true,
      );
    },
    draw() {
      const end = (each) => each.from_s + each.seconds;
      const bars = (label, key, sign, colour) => ({
        type: "bar",
        label,
        yAxisID: "moves",
        stack: "moves",
        data: intervals.map((each) => ({x: middle(each), y: each[key] === 0 ? null : sign * each[key]})),
        backgroundColor: colour,
        pointStyle: "rect",
        barPercentage: 1,
        categoryPercentage: 0.9,
        minBarLength: 2,
        maxBarThickness: 22,
      });
      const datasets = [
        line(say("conectados", "count"), points("count", end), colours.green, {
          yAxisID: "y",
          stepped: "before",
          fill: true,
          backgroundColor: `${colours.green}22`,
          pointRadius: 0,
        }),
        bars(say("entraram", "joined"), "joins", 1, colours.green),
        bars(say("saíram", "left"), "leaves", -1, colours.grey),
        bars(say("caíram", "crashed or lost"), "crashes", -1, colours.red),
      ];
      const most = intervals.reduce((far, each) => Math.max(far, each.joins, each.leaves + each.crashes), 1);
      const moves = {
        stack: "count",
        stackWeight: 1.4,
        stacked: true,
        position: "left",
        min: -1.3 * most,
        max: 1.3 * most,
        afterBuildTicks: (axis) => {
          axis.ticks = [-most, 0, most].map((value) => ({value}));
        },
        ticks: {
          autoSkip: false,
          callback: (value) => (value === 0 ? "0" : `${value < 0 ? "−" : "+"}${whole(Math.abs(value))}`),
        },
        grid: {drawTicks: false, color: ({tick}) => (tick?.value === 0 ? colours.soft : "transparent")},
      };
      const y = {
        ...fromZero((value) => (Number.isInteger(value) ? whole(value) : null)),
        stack: "count",
        stackWeight: 3,
      };
      // The first one is the lowest.
      const config = overTime(
        datasets,
        {moves, y},
        (item) => ` ${item.dataset.label}: ${whole(Math.abs(item.parsed.y))}`,
      );
      draw("count", config);
    },
  };

  const wanted = [percentiles, latencies, rate, count].filter((each) => each.wanted());
  const redraw = () => {
    readColours();
    charts.splice(0).forEach((chart) => chart.destroy());
    wanted.forEach((each) => each.draw());
  };
  wanted.forEach((each) => each.build());
  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
