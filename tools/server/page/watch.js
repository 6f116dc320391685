// Asks the server again and again, and keeps what it said: its figures, its last ten minutes, who is here and who came
// and went. Every answer, and every failure to get one, is told to `onNews`.
import {getChanges, getHistory, getRoster, getStatus} from "./api.js";
import {Picture} from "./picture.js";

const presenceMs = 500;
const historyMs = 2000;
/// A large roster is not asked for as often; one that is missing is waited for.
const rosterMs = ({version, clients}) => (version === null ? 1000 : clients.size <= 2000 ? 5000 : 10000);
/// Of the figures: older ones are no news.
const ageMaxMs = 2000;
const eventsMax = 50;
/// Answers to one look at the changes; whoever is further behind gets a roster instead.
const answersMax = 20;

export class Watch {
  picture = new Picture();
  status = null;
  history = null;
  /// The server's count, by its newest answer.
  count = null;
  /// The latest joins and leaves, newest last.
  events = [];
  /// What the last attempt met; null when all is well.
  failure = null;
  /// When the server last answered, by performance.now().
  answeredAt = null;
  #startedAt = performance.now();
  #clockOffsetMs = 0;
  /// The version of the last change that was taken in; null: none yet.
  #cursor = null;
  #startedUnixMs = null;
  #onNews;
  #roster;

  constructor(onNews) {
    this.#onNews = onNews;
  }

  start() {
    const visibly = [];
    visibly.push(repeat(() => this.#lookAtPresence(), () => presenceMs));
    visibly.push(repeat(() => this.#lookAtHistory(), () => historyMs));
    this.#roster = repeat(() => this.#lookAtRoster(), () => rosterMs(this.picture));
    visibly.push(this.#roster);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) for (const each of visibly) each.now();
    });
  }

  /// "connecting", "serving", "draining", or "stale": no answer, or figures that are old.
  get state() {
    if (this.status === null) return this.failure === null ? "connecting" : "stale";
    if (this.failure !== null || this.status.age_ms > ageMaxMs) return "stale";
    return this.status.state;
  }

  /// How old the figures are; where there are none yet, for how long they have been waited for.
  get ageMs() {
    const since = performance.now() - (this.answeredAt ?? this.#startedAt);
    return this.status === null ? since : since + this.status.age_ms;
  }

  /// The server's clock.
  get nowUnixMs() {
    return Date.now() + this.#clockOffsetMs;
  }

  async #lookAtPresence() {
    try {
      const status = await getStatus();
      if (this.#startedUnixMs !== status.started_unix_ms) this.#meet(status.started_unix_ms);
      this.#clockOffsetMs = status.now_unix_ms - Date.now();
      await this.#catchUp();
      this.status = status;
      this.answeredAt = performance.now();
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
    this.#onNews();
  }

  /// A server of which nothing is known yet.
  #meet(startedUnixMs) {
    this.#startedUnixMs = startedUnixMs;
    this.#cursor = null;
    this.history = null;
  }

  async #catchUp() {
    for (let answers = 0; answers < answersMax; ++answers) {
      const answer = await getChanges(this.#cursor);
      const {changes, roster_version: version} = answer;
      this.count = answer.count;
      if (answer.reset) {
        this.#cursor = null;
        continue;
      }
      if (this.#cursor === null) this.#beginAt(changes.length > 0 ? changes[0].version - 1 : version);
      if (changes.length > 0) {
        this.picture.apply(changes);
        this.events = [...this.events, ...changes].slice(-eventsMax);
        this.#cursor = changes.at(-1).version;
      }
      if (this.#cursor >= version) return this.#check(answer);
    }
    this.#cursor = null; // too many at a time
  }

  /// Nothing is known of before this version.
  #beginAt(version) {
    this.#cursor = version;
    this.events = [];
    this.picture.forget(version);
    this.#roster.now();
  }

  /// Our picture is the server's, or it is of no use.
  #check({count, roster_version: version}) {
    if (this.picture.version !== version || this.picture.clients.size === count) return;
    this.picture.forget(version);
    this.#roster.now();
  }

  async #lookAtRoster() {
    if (this.#cursor === null) return; // begins with #catchUp()
    const startedUnixMs = this.#startedUnixMs;
    const roster = await getRoster();
    if (startedUnixMs !== this.#startedUnixMs) return;
    if (!this.picture.take(roster)) this.#roster.now();
    this.#onNews();
  }

  async #lookAtHistory() {
    this.history = await getHistory();
    this.#onNews();
  }
}

/// Runs this, one at a time and with these pauses, while the page is seen; now() ends the pause, and makes the
/// next one short where it comes while the work runs. A failure is left to the next time.
function repeat(work, pauseMs) {
  let timer = null;
  let running = false;
  let again = false;
  const run = async () => {
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    running = true;
    await work().catch(() => {});
    running = false;
    const pause = again ? minimumPauseMs : pauseMs();
    again = false;
    if (!document.hidden) timer = setTimeout(run, pause);
  };
  run();
  return {now: run};
}

/// The server makes one roster a second: asking again at once would be of no use.
const minimumPauseMs = 500;
