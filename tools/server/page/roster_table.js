// The table of who is here. Only the rows that are seen, and some more, are in the page, so that 10,000 cost no more
// than 20; the others are room above and below. What is seen stays where it is while others come and go.
import {dataElement, element, setText, showData} from "./elements.js";
import {RosterView} from "./roster_view.js";

/// Rows above and below those that are seen: some for a quick turn of the wheel.
const spareRows = 8;
/// The columns with what clients sent, or their addresses.
const sent = ["name", "address"];

export class RosterTable {
  #view = new RosterView();
  #scroller;
  #room;
  #body;
  #headers = new Map();
  #rows = [];
  #rowHeight = 32;
  #reader = null;

  /// `scroller`: the element with the table's head and body. `onSort` when another order was chosen.
  constructor(scroller, onSort) {
    this.#scroller = scroller;
    this.#room = scroller.querySelector("[data-room]");
    this.#body = scroller.querySelector("[data-rows]");
    for (const header of scroller.querySelectorAll("[role=columnheader]")) {
      this.#headers.set(header.dataset.column, header);
      header.querySelector("button").addEventListener("click", () => {
        this.#view.choose(header.dataset.column);
        this.#showOrder();
        this.toTop();
        onSort();
      });
    }
    this.#showOrder();
    scroller.addEventListener("scroll", () => this.#draw(), {passive: true});
    new ResizeObserver(() => this.#layOut()).observe(scroller);
  }

  /// How many clients the search found.
  get found() {
    return this.#view.clients.length;
  }

  /// Shows these clients, as far as the search finds them. `reader`: {format, texts, nowUnixMs}.
  update(clients, query, reader) {
    const anchor = this.#view.steady ? this.#anchor() : null;
    this.#view.update(clients, query);
    this.#reader = reader;
    this.#layOut();
    if (anchor !== null) this.#keep(anchor);
    this.#draw();
  }

  toTop() {
    this.#scroller.scrollTop = 0;
  }

  #showOrder() {
    for (const [column, header] of this.#headers) {
      const chosen = column === this.#view.column;
      header.setAttribute("aria-sort", chosen ? (this.#view.descending ? "descending" : "ascending") : "none");
    }
  }

  /// The sessions from the top of what is seen on, and where they are; null at the very top, where one waits for news.
  #anchor() {
    const top = this.#scroller.scrollTop;
    const index = Math.floor(top / this.#rowHeight);
    if (index === 0) return null;
    const seen = this.#view.clients.slice(index, index + this.#rows.length);
    return {sessions: seen.map(({session}) => session), offset: top - index * this.#rowHeight, index};
  }

  #keep({sessions, offset, index}) {
    const where = new Map(sessions.map((session, at) => [session, at]));
    const now = this.#view.clients.findIndex(({session}) => where.has(session));
    if (now < 0) return;
    const first = now - where.get(this.#view.clients[now].session);
    if (first !== index) this.#scroller.scrollTop = first * this.#rowHeight + offset;
  }

  /// The room that all rows take, and rows enough for what is seen of it.
  #layOut() {
    if (this.#rows.length === 0) this.#addRow();
    this.#rows[0].element.hidden = false;
    this.#rowHeight = this.#rows[0].element.getBoundingClientRect().height || this.#rowHeight;
    this.#room.style.height = `${this.found * this.#rowHeight}px`;
    this.#scroller.querySelector("[role=table]").setAttribute("aria-rowcount", this.found + 1);
    const wanted = Math.ceil(this.#scroller.clientHeight / this.#rowHeight) + 2 * spareRows;
    while (this.#rows.length < wanted) this.#addRow();
    this.#draw();
  }

  #draw() {
    const {clients} = this.#view;
    const seen = Math.floor(this.#scroller.scrollTop / this.#rowHeight) - spareRows;
    const first = Math.max(0, Math.min(seen, clients.length - this.#rows.length));
    this.#body.style.transform = `translateY(${first * this.#rowHeight}px)`;
    this.#rows.forEach((row, at) => this.#fill(row, clients[first + at], first + at));
  }

  #addRow() {
    const row = element("div", "row");
    row.setAttribute("role", "row");
    const cells = {};
    for (const column of this.#headers.keys()) {
      const cell = element("div", column);
      cell.setAttribute("role", "cell");
      row.append(cell);
      cells[column] = sent.includes(column) ? cell.appendChild(dataElement("")) : cell;
    }
    this.#body.append(row);
    this.#rows.push({element: row, cells, index: -1});
  }

  #fill(row, client, index) {
    row.element.hidden = client === undefined;
    if (client === undefined || this.#reader === null) return;
    const {format, texts, nowUnixMs} = this.#reader;
    if (row.index !== index) row.element.setAttribute("aria-rowindex", (row.index = index) + 2);
    const {cells} = row;
    showData(cells.name, client.name, texts.unnamed);
    showData(cells.address, client.address, "–");
    setText(cells.since, format.time(client.since_unix_ms, nowUnixMs));
    setText(cells.requests, format.whole(client.requests));
    setText(cells.idle, client.idle_ms < 1000 && client.idle_ms !== null ? "< 1 s" : format.elapsed(client.idle_ms));
    setText(cells.session, client.session);
  }
}
