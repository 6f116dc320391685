// Numbers, durations and times as people of each language write them.
const formats = new Map();

function numberFormat(locale, options) {
  const key = locale + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale, options));
  return formats.get(key);
}

const timeFormats = new Map();

function timeFormat(locale, withDate) {
  const key = locale + withDate;
  if (!timeFormats.has(key)) {
    const date = withDate ? {day: "2-digit", month: "2-digit"} : {};
    const time = {hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23"};
    timeFormats.set(key, new Intl.DateTimeFormat(locale, {...date, ...time}));
  }
  return timeFormats.get(key);
}

/// The formats of one language. Whatever is null or missing is "–".
export class Format {
  constructor(locale) {
    this.locale = locale;
  }

  whole(value) {
    return value == null ? "–" : numberFormat(this.locale, {maximumFractionDigits: 0}).format(value);
  }

  digits(value) {
    return value == null ? "–" : numberFormat(this.locale, {maximumSignificantDigits: 3}).format(value);
  }

  /// For an axis: 12,000 is 12k.
  short(value) {
    return value < 10000
      ? this.digits(value)
      : value < 1e6
        ? `${this.digits(value / 1000)}k`
        : `${this.digits(value / 1e6)}M`;
  }

  /// A reply time.
  micros(value) {
    if (value == null) return "–";
    if (value < 999.5) return `${this.digits(value)} µs`;
    return value < 999500 ? `${this.digits(value / 1000)} ms` : `${this.digits(value / 1e6)} s`;
  }

  /// A time that passes while people look on: no finer than a second.
  elapsed(ms) {
    if (ms == null) return "–";
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
    return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
  }

  /// A time of day, with the date when it was on another day than `nowMs`.
  time(unixMs, nowMs) {
    if (unixMs == null) return "–";
    const then = new Date(unixMs);
    const sameDay = then.toDateString() === new Date(nowMs).toDateString();
    return timeFormat(this.locale, !sameDay).format(then);
  }
}

const two = (value) => String(value).padStart(2, "0");
