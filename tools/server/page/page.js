// The live page: what the server says (watch.js), shown. Draws at most once a frame, and only what has changed.
import {Changes} from "./changes.js";
import {Charts} from "./charts.js";
import {setText} from "./elements.js";
import {showFigures} from "./figures.js";
import {Format} from "./format.js";
import {RosterTable} from "./roster_table.js";
import {preferredLanguage, rememberLanguage, texts, translate} from "./texts.js";
import {Watch} from "./watch.js";

/// For those who listen: not every change, or they would hear nothing else.
const announceMs = 5000;

const byId = (id) => document.getElementById(id);
const watch = new Watch(() => drawSoon());
const table = new RosterTable(byId("roster"), () => drawSoon({roster: true}));
const changes = new Changes(byId("changes"));
const charts = new Charts();

let words = null;
let format = null;
const drawn = {revision: null, history: null};
let announced = {text: "", at: -Infinity};
let due = false;

function speak(language) {
  words = texts[language];
  format = new Format(words.locale);
  byId("language").value = language;
  translate(document, words);
  drawn.history = null;
  announced = {text: "", at: -Infinity};
  drawSoon({roster: true});
}

/// `roster`: its table, too, though nobody came or went.
function drawSoon({roster = false} = {}) {
  if (roster) drawn.revision = null;
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    draw();
  });
}

function draw() {
  const reader = {format, texts: words, nowUnixMs: watch.nowUnixMs};
  drawState();
  announce();
  if (watch.status === null) return;
  setText(byId("count"), format.whole(watch.count));
  setText(byId("connected"), words.connected(watch.count));
  setText(byId("at-most"), words.atMost(format.whole(watch.status.clients_max)));
  setText(byId("rate"), format.digits(watch.status.requests_per_second));
  setText(byId("p99"), format.micros(watch.status.p99_us));
  showFigures(byId("now-figures"), byId("totals"), watch.status, reader);
  changes.update(watch.events, reader);
  drawRoster(reader);
  if (watch.history !== null && drawn.history !== watch.history) {
    drawn.history = watch.history;
    charts.update(watch.history, reader);
  }
}

function stateText() {
  if (watch.state !== "stale") return words.states[watch.state] ?? watch.state;
  const age = format.elapsed(watch.ageMs);
  return watch.failure === null ? words.oldFigures(age) : words.noAnswer(age);
}

function drawState() {
  const {state} = watch;
  const text = stateText();
  byId("state").dataset.state = state;
  document.body.dataset.state = state;
  setText(byId("state-text"), text);
  byId("notice").hidden = state !== "stale";
  if (state === "stale") {
    const {answeredAt, nowUnixMs} = watch;
    const time = format.time(nowUnixMs - watch.ageMs, nowUnixMs);
    setText(byId("notice"), answeredAt === null ? words.neverAnswered : words.lastFigures(time));
  }
  const count = watch.count === null ? "" : `${format.whole(watch.count)} · `;
  const title = `${state === "stale" || state === "draining" ? "⚠ " : ""}${count}rollcall`;
  if (document.title !== title) document.title = title;
}

function announce() {
  if (watch.count === null || performance.now() - announced.at < announceMs) return;
  const count = `${format.whole(watch.count)} ${words.connected(watch.count)}`;
  const text = `${count}. ${words.states[watch.state] ?? watch.state}`;
  if (text === announced.text) return;
  announced = {text, at: performance.now()};
  setText(byId("announcement"), text);
}

function drawRoster(reader) {
  const {picture} = watch;
  const query = byId("search").value;
  if (drawn.revision !== picture.revision) {
    drawn.revision = picture.revision;
    table.update(picture.clients.values(), query, reader);
    const all = picture.clients.size;
    const none = picture.takenAt === null ? words.loading : query === "" ? words.nobody : words.nothingFound;
    byId("nobody").hidden = table.found > 0;
    setText(byId("nobody"), none);
    const found = words.found(format.whole(table.found), format.whole(all));
    setText(byId("found"), query === "" ? format.whole(all) : found);
  }
  const age = picture.takenAt === null ? "" : words.rosterAge(format.elapsed(performance.now() - picture.takenAt));
  setText(byId("roster-age"), age && `· ${age}`);
}

byId("language").addEventListener("change", ({target}) => {
  rememberLanguage(target.value);
  speak(target.value);
});
byId("search").addEventListener("input", () => {
  table.toTop();
  drawSoon({roster: true});
});
// How long the server has been silent goes on without news.
setInterval(() => !document.hidden && drawSoon(), 1000);

speak(preferredLanguage());
watch.start();
