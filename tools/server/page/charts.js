// The last ten minutes, drawn by dygraphs: one small chart each of the count, of requests a second and of reply times.
// They share their time axis, and what is pointed at in one is told in all.

const spanMs = 10 * 60 * 1000;
const stepMs = 1000;
/// At the left, where a time would be written over the lowest number.
const cornerMs = 20 * 1000;

// Its legend writes style attributes, which the content security policy forbids; we have our own line for that.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

/// `field`: of the API's history.
const kinds = [
  {
    name: "count",
    field: "count",
    show: (format, value) => format.whole(value),
    label: (format, value) => (Number.isInteger(value) ? format.short(value) : ""),
  },
  {
    name: "rate",
    field: "requests_per_second",
    show: (format, value) => format.digits(value),
    label: (format, value) => format.short(value),
  },
  {
    name: "p99",
    field: "p99_us",
    show: (format, value) => format.micros(value),
    label: (format, value) => (value === 0 ? "0" : format.micros(value)),
  },
];

export class Charts {
  #charts = [];
  #reader = null;
  #pointed = null;

  constructor() {
    for (const kind of kinds) {
      const figure = document.querySelector(`[data-chart=${kind.name}]`);
      this.#charts.push({...kind, figure, box: figure.querySelector(".chart"), graph: null, points: []});
    }
    new ResizeObserver(() => this.#resize()).observe(this.#charts[0].box);
    const anotherTheme = () => this.#charts.forEach((chart) => chart.graph?.updateOptions(this.#colours(chart)));
    document.addEventListener("themechange", anotherTheme);
  }

  /// `history` as the API tells it; `reader`: {format, texts}.
  update(history, reader) {
    const languageChanged = this.#reader !== null && this.#reader.format !== reader.format;
    this.#reader = reader;
    for (const chart of this.#charts) {
      const values = history[chart.field];
      const firstMs = history.last_unix_ms - (values.length - 1) * history.step_ms;
      chart.points = values.map((value, at) => [new Date(firstMs + at * history.step_ms), value]);
      const window = [history.last_unix_ms - spanMs, history.last_unix_ms];
      const top = this.#top(values);
      // A chart of nothing would have no axes.
      const file = chart.points.length > 0 ? chart.points : [[new Date(history.last_unix_ms), null]];
      if (chart.graph === null || languageChanged) {
        chart.graph?.destroy();
        chart.graph = this.#make(chart, file, window, top);
      } else {
        chart.graph.updateOptions({file, dateWindow: window, valueRange: [0, top]});
      }
      this.#describe(chart, values);
    }
    this.#showPointed();
  }

  /// Some room above the highest; never so little that noise looks like a storm.
  #top(values) {
    return Math.max(4, ...values) * 1.1;
  }

  #make(chart, file, window, top) {
    const {format} = this.#reader;
    const small = {axisLabelFontSize: 12};
    return new Dygraph(chart.box, file, {
      labels: ["time", chart.name],
      dateWindow: window,
      valueRange: [0, top],
      interactionModel: {},
      highlightCircleSize: 3,
      strokeWidth: 1.5,
      fillGraph: true,
      fillAlpha: 0.12,
      xRangePad: 0,
      axes: {
        x: {
          ...small,
          drawGrid: false,
          pixelsPerLabel: 70,
          axisLabelFormatter: (date, _granularity, _option, graph) =>
            date.getTime() - graph.xAxisRange()[0] < cornerMs ? "" : hourAndMinute(format, date),
        },
        y: {
          ...small,
          axisLabelWidth: 52,
          pixelsPerLabel: 32,
          axisLabelFormatter: (value) => chart.label(format, value),
        },
      },
      highlightCallback: (_event, time) => this.#pointAt(time),
      unhighlightCallback: () => this.#pointAt(null),
      ...this.#colours(chart),
    });
  }

  #colours(chart) {
    const {color, borderTopColor: rule} = getComputedStyle(chart.box);
    return {colors: [color], gridLineColor: rule, axisLineColor: rule};
  }

  #resize() {
    for (const {graph} of this.#charts) graph?.resize();
  }

  /// Tells what all charts say of this moment; null: of none.
  #pointAt(time) {
    if (time === this.#pointed) return;
    this.#pointed = time;
    this.#showPointed();
  }

  /// New points take the mark away.
  #showPointed() {
    const time = this.#pointed;
    const {format} = this.#reader;
    for (const {points, graph, figure, show} of this.#charts) {
      // The seconds of one answer are not to the millisecond those of the next.
      const row = time === null ? -1 : points.findIndex(([date]) => Math.abs(date.getTime() - time) <= stepMs / 2);
      if (row < 0) graph.clearSelection();
      else graph.setSelection(row);
      const told = row < 0 ? "" : `${format.time(time, time)} · ${show(format, points[row][1])}`;
      figure.querySelector("[data-pointed]").textContent = told;
    }
  }

  /// For those who do not see it.
  #describe({box, name, show}, values) {
    const {format, texts} = this.#reader;
    const known = values.filter((value) => value !== null);
    const [least, most] = [Math.min(...known), Math.max(...known)];
    const range = known.length === 0 ? texts.nothingYet : texts.range(show(format, least), show(format, most));
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", `${texts.charts[name]}: ${range}`);
  }
}

const hourAndMinute = (format, date) => format.time(date.getTime(), date.getTime()).slice(0, 5);
