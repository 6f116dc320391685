// Which clients the table shows, and in which order: what the search finds, by the column that was chosen. No DOM.
import {visible} from "./visible.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const addressKey = ({address}) => {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [null, address, "0"];
  return host.replace(/\d+/g, (digits) => digits.padStart(5, "0")) + port.padStart(6, "0");
};

const keys = {
  name: ({name}) => plain(name),
  address: addressKey,
  since: ({since_unix_ms}) => since_unix_ms,
  requests: ({requests}) => requests ?? -1,
  idle: ({idle_ms}) => idle_ms ?? -1,
  session: ({session}) => session,
};
const fixed = new Set(["name", "address", "since", "session"]);

export class RosterView {
  column = "session";
  descending = false;
  clients = [];
  /// What was computed of a client, once: another name or time is another object.
  #known = new WeakMap();

  /// Sorts by this column, or the other way round when it was this one already.
  choose(column) {
    this.descending = column === this.column && !this.descending;
    this.column = column;
  }

  /// The order changes only as clients come and go.
  get steady() {
    return fixed.has(this.column);
  }

  /// `all`: an iterable of clients.
  update(all, query) {
    const wanted = plain(query.trim());
    const clients = wanted === "" ? [...all] : [...all].filter((client) => this.#text(client).includes(wanted));
    const key = this.#key();
    const order = this.descending ? -1 : 1;
    // Equal ones by session, so that the order is always the same.
    const sorted = clients.map((client) => ({client, key: key(client)}));
    sorted.sort((a, b) =>
      a.key < b.key ? -order : a.key > b.key ? order : order * (a.client.session - b.client.session),
    );
    this.clients = sorted.map(({client}) => client);
  }

  #key() {
    const key = keys[this.column];
    if (!fixed.has(this.column)) return key;
    return (client) => (this.#of(client)[this.column] ??= key(client));
  }

  #text(client) {
    const {name, address, session} = client;
    return (this.#of(client).text ??= [plain(name), plain(visible(name)), address, session].join("\n"));
  }

  #of(client) {
    let known = this.#known.get(client);
    if (!known) this.#known.set(client, (known = {}));
    return known;
  }
}
