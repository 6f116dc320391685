// The latest joins and leaves, newest first, each in a line of its own.
import {dataElement, element} from "./elements.js";
import {visible} from "./visible.js";

export class Changes {
  #list;
  #shown = null;

  constructor(list) {
    this.#list = list;
  }

  /// `events` as the API tells them, newest last; `reader`: {format, texts, nowUnixMs}.
  update(events, reader) {
    const {texts} = reader;
    if (this.#shown === events && this.#list.lang === texts.language) return;
    this.#shown = events;
    this.#list.lang = texts.language;
    const lines = events.map((event) => this.#line(event, reader)).reverse();
    if (lines.length === 0) lines.push(element("li", "soft", texts.noChanges));
    this.#list.replaceChildren(...lines);
  }

  #line({kind, reason, name, address, count, unix_ms}, {format, texts, nowUnixMs}) {
    const joined = kind === "joined";
    const what = joined ? texts.joined : (texts.reasons[reason] ?? visible(reason ?? texts.left));
    return element(
      "li",
      joined ? "joined" : "left",
      element("time", "", format.time(unix_ms, nowUnixMs)),
      element("span", "sign", joined ? "+" : "−"),
      element("span", "who", dataElement(name, texts.unnamed), " ", element("small", "", dataElement(address, "–"))),
      element("span", "what", what),
      element("span", "count", format.whole(count)),
    );
  }
}
