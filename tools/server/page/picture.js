// Who is here, as far as the page knows: one roster of the server, and every join and leave since. No DOM, no network.

const recentMax = 20000;

export class Picture {
  /// Session -> client, as the API describes it; the numbers that only the roster has are null until it tells them.
  clients = new Map();
  /// Of the roster that this is; null while there is none.
  version = null;
  /// Counts what changed here, for those who draw it.
  revision = 0;
  /// When the server's roster was last taken in; by performance.now().
  takenAt = null;
  /// Every change after this version is in #recent.
  #recentFrom = 0;
  #recent = [];

  /// The changes that come next, in order, each once. They are kept when they are of before the roster, too: the next
  /// one may be of before them.
  apply(changes) {
    for (const change of changes) {
      this.#recent.push(change);
      if (this.version !== null && change.version > this.version) this.#play(change);
    }
    const tooMany = this.#recent.length - recentMax;
    if (tooMany > 0) this.#recentFrom = this.#recent.splice(0, tooMany).at(-1).version;
  }

  /// Takes in a roster of the server. False, and nothing changes, when not all changes since then are known.
  take({roster_version: version, clients}) {
    if (version < this.#recentFrom) return false;
    const before = this.clients;
    this.clients = new Map();
    for (const client of clients) {
      // The same client stays the same object, for those who keep something of it; one that was given a name does not.
      const known = before.get(client.session);
      const same = known?.name === client.name && known.since_unix_ms === client.since_unix_ms;
      this.clients.set(client.session, same ? Object.assign(known, client) : client);
    }
    this.version = version;
    this.takenAt = performance.now();
    ++this.revision;
    for (const change of this.#recent) if (change.version > this.version) this.#play(change);
    return true;
  }

  /// Nothing of what was known holds: another server, or changes were lost. The next change is the one after this
  /// version; the clients stay until there is a roster.
  forget(version) {
    this.version = null;
    this.#recentFrom = version;
    this.#recent = [];
  }

  #play({version, kind, session, name, address, unix_ms}) {
    this.version = version;
    ++this.revision;
    if (kind === "left") {
      this.clients.delete(session);
    } else {
      this.clients.set(session, {session, name, address, since_unix_ms: unix_ms, requests: null, idle_ms: null});
    }
  }
}
