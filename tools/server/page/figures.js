// The numbers that are not drawn: how the server is doing now, and what has happened since it started.
import {element, setText} from "./elements.js";
import {visible} from "./visible.js";

/// Each: [name, value, trouble?]; a trouble is only told where there is one.
function nowFigures(status, {format, texts, nowUnixMs}) {
  const {workers, presence_drift: drift} = status;
  const figures = [
    [texts.unanswered, format.whole(status.unanswered)],
    [texts.busyWorkers, texts.of(format.whole(workers.busy), format.whole(workers.all))],
    [texts.watchers, format.whole(status.watchers)],
    [texts.runningFor, format.elapsed(nowUnixMs - status.started_unix_ms)],
  ];
  if (workers.hung > 0) figures.push([texts.hungWorkers, format.whole(workers.hung), true]);
  if (drift !== null && drift !== 0) figures.push([texts.drift, format.whole(drift), true]);
  return figures;
}

function totals(status, {format, texts}) {
  const named = (tallies, words) =>
    Object.entries(tallies)
      .filter(([, times]) => times > 0)
      .map(([name, times]) => [words?.[name] ?? visible(name), format.whole(times)]);
  return [
    [
      texts.traffic,
      [
        [texts.requests, format.whole(status.requests)],
        [texts.replies, format.whole(status.replies)],
        [texts.undeliverable, format.whole(status.undeliverable)],
        [texts.dropped, format.whole(status.dropped)],
      ],
    ],
    [texts.joins, [[texts.all, format.whole(status.joins)], [texts.resumes, format.whole(status.resumes)]]],
    [texts.leaves, named(status.leaves, texts.reasons)],
    [texts.refused, named(status.refused)],
    [texts.errors, named(status.errors)],
  ].filter(([, rows]) => rows.length > 0);
}

/// Shows [name, value, trouble?] each in a line, and leaves alone what says so already.
function showPairs(list, pairs) {
  while (list.children.length > pairs.length) list.lastChild.remove();
  while (list.children.length < pairs.length) list.append(element("div", "", element("dt"), element("dd")));
  pairs.forEach(([name, value, trouble], at) => {
    const line = list.children[at];
    line.classList.toggle("trouble", trouble === true);
    setText(line.children[0], name);
    setText(line.children[1], value);
  });
}

/// `now` (a dl) and `since`: the elements for them; `reader`: {format, texts, nowUnixMs}.
export function showFigures(now, since, status, reader) {
  showPairs(now, nowFigures(status, reader));
  const groups = totals(status, reader);
  while (since.children.length > groups.length) since.lastChild.remove();
  while (since.children.length < groups.length) since.append(element("section", "", element("h3"), element("dl")));
  groups.forEach(([title, rows], at) => {
    const [heading, list] = since.children[at].children;
    setText(heading, title);
    showPairs(list, rows);
  });
}
