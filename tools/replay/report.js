// Draws the report that stands in #data as JSON (report_json.hpp). Everything that a script or a peer wrote goes into
// the page as text, never as markup.
"use strict";
{
  const {language, report} = JSON.parse(document.getElementById("data").textContent);
  const locale = language === "pt" ? "pt-BR" : "en";
  const say = (portuguese, english) => (language === "pt" ? portuguese : english);

  // --- figures ---
  const whole = (value) => new Intl.NumberFormat(locale, {maximumFractionDigits: 0}).format(value);
  const digits = (value) => new Intl.NumberFormat(locale, {maximumSignificantDigits: 3}).format(value);
  const duration = (ms) => {
    if (ms === null || ms === undefined) return "–";
    if (ms === 0) return "0";
    if (ms < 0.0009995) return `${digits(ms * 1e6)} ns`;
    if (ms < 0.9995) return `${digits(ms * 1e3)} µs`;
    return ms < 999.5 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`;
  };
  const elapsed = (seconds) => {
    if (seconds < 60) return `${new Intl.NumberFormat(locale, {maximumFractionDigits: 1}).format(seconds)} s`;
    const rounded = Math.round(seconds);
    const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
    const two = (value) => String(value).padStart(2, "0");
    return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(rest)} s`;
  };
  // Rounded down: 100 % only when nothing is missing.
  const share = (part, all) => {
    const percent = (100 * part) / all;
    let decimals = Number.isInteger(percent) ? 0 : 1;
    for (let rest = 100 - percent; decimals > 0 && rest > 0 && rest < 0.1 && decimals < 6; rest *= 10) ++decimals;
    const scale = 10 ** decimals;
    const format = new Intl.NumberFormat(locale, {maximumFractionDigits: decimals});
    return `${format.format(Math.floor(percent * scale) / scale)} %`;
  };

  // --- elements ---
  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const into = (id, ...children) => document.getElementById(id).append(...children);
  const block = (title, ...children) => element("section", {class: "block"}, element("h2", {}, title), ...children);
  const table = (rows) =>
    element(
      "table",
      {},
      ...rows.map(([name, ...values]) =>
        element("tr", {}, element("th", {scope: "row"}, name), ...values.map((value) => element("td", {}, value))),
      ),
    );

  const {expectations, latency, service_time: service, clients, requests, thresholds} = report;
  const missed = thresholds.filter((each) => !each.met).length;
  const head = () => {
    const title = report.title || "rollcall-replay";
    document.title = title;
    into("head", element("h1", {}, title));
    const about = [report.server, elapsed(report.seconds)];
    if (report.seed !== null) about.splice(1, 0, `${say("semente", "seed")} ${report.seed}`);
    if (report.open_loop) about.push(say("laço aberto", "open loop"));
    into("head", element("p", {class: "soft"}, about.join(" · ")));
    if (report.interrupted) {
      into(
        "head",
        element(
          "p",
          {class: "bad"},
          say("Interrompido: os números valem até ali.", "Interrupted: the figures go as far as that."),
        ),
      );
    }
    for (const note of report.notes) into("head", element("p", {}, note));
    if (thresholds.length + expectations.met + expectations.failed > 0) {
      const good = missed + expectations.failed === 0;
      into(
        "head",
        element(
          "span",
          {class: `verdict ${good ? "good" : "bad"}`},
          good ? `✔ ${say("tudo como esperado", "all as expected")}` : `✘ ${say("não passou", "failed")}`,
        ),
      );
    }
  };

  const tile = (name, value, state = "") =>
    element("div", {class: "tile"}, element("span", {class: "soft"}, name), element("b", {class: state}, value));

  const tiles = () => {
    into("tiles", tile(say("respostas/s", "replies/s"), digits(report.replies_per_second)));
    into("tiles", tile("p50", latency ? duration(latency.p50_ms) : "–"));
    into("tiles", tile("p99", latency ? duration(latency.p99_ms) : "–"));
    into("tiles", tile(say("máximo", "max"), latency ? duration(latency.max_ms) : "–"));
    into("tiles", tile(say("erros", "errors"), whole(report.errors_total), report.errors_total > 0 ? "bad" : "good"));
    into("tiles", tile(say("entraram", "joined"), whole(clients.joined)));
    const checked = expectations.met + expectations.failed;
    if (checked > 0) {
      into(
        "tiles",
        tile(
          say("expectativas", "expectations"),
          share(expectations.met, checked),
          expectations.failed > 0 ? "bad" : "good",
        ),
      );
    }
  };

  const latencyTable = () => {
    const columns = [
      ["p50", "p50_ms"],
      ["p90", "p90_ms"],
      ["p99", "p99_ms"],
      ["p99.9", "p99.9_ms"],
      ["max", "max_ms"],
      [say("média", "mean"), "mean_ms"],
    ];
    const rows = columns.map(([name, key]) => [
      name,
      duration(latency[key]),
      ...(report.open_loop && service ? [duration(service[key])] : []),
    ]);
    if (report.open_loop) rows.unshift(["", say("corrigida", "corrected"), say("crua", "raw")]);
    const about = report.open_loop
      ? say(
          "Corrigida: desde a hora em que o pedido devia sair, espera incluída; crua: desde que saiu.",
          "Corrected: since the request was due, its wait included; raw: since it was sent.",
        )
      : say("Do envio à resposta.", "From sending to the reply.");
    const notes = [element("p", {class: "soft"}, about)];
    if (report.errors_total > 0) {
      notes.push(
        element(
          "p",
          {class: "soft"},
          `${whole(report.errors_total)} ${say(
            "pedidos sem resposta não entram nestes números.",
            "requests without a reply are not in these figures.",
          )}`,
        ),
      );
    }
    return block(say("Latência", "Latency"), table(rows), ...notes);
  };

  const verdicts = () => {
    if (thresholds.length === 0) return;
    const value = (each) => {
      if (each.actual === null) return say("nada a medir", "nothing to measure");
      if (each.unit === "ns") return duration(each.actual / 1e6);
      if (each.unit === "percent") return share(each.actual, 100);
      return each.unit === "per_second" ? `${digits(each.actual)}/s` : whole(each.actual);
    };
    into(
      "judged",
      block(
        say("Limites", "Thresholds"),
        element(
          "table",
          {},
          ...thresholds.map((each) =>
            element(
              "tr",
              {},
              element("td", {class: "name"}, each.threshold),
              element("td", {}, value(each)),
              element("td", {class: each.met ? "good" : "bad"}, each.met ? "✔" : "✘"),
            ),
          ),
        ),
      ),
    );
  };

  const failures = () => {
    const checked = expectations.met + expectations.failed;
    if (checked === 0) return;
    const more = expectations.failed - expectations.failures.length;
    into(
      "judged",
      block(
        say("Expectativas", "Expectations"),
        table([
          [say("cumpridas", "met"), whole(expectations.met)],
          [say("não cumpridas", "failed"), whole(expectations.failed)],
        ]),
        ...expectations.failures.map((each) =>
          element(
            "dl",
            {},
            element("dt", {}, element("b", {}, `${say("linha", "line")} ${each.line}, ${each.client}`)),
            element("dt", {}, say("esperado", "expected")),
            element("dd", {}, each.expected),
            element("dt", {}, say("recebido", "got")),
            element("dd", {class: "bad"}, each.got),
          ),
        ),
        ...(more > 0
          ? [element("p", {class: "soft"}, `… ${say("e mais", "and")} ${whole(more)}${say("", " more")}`)]
          : []),
      ),
    );
  };

  const figures = () => {
    if (latency) into("figures", latencyTable());
    const errors = Object.entries(report.errors).map(([name, times]) => [`error.${name}`, whole(times)]);
    into(
      "figures",
      block(
        say("Pedidos", "Requests"),
        table([
          [say("previstos", "due"), whole(requests.due)],
          [say("enviados", "sent"), whole(requests.sent)],
          [say("respostas", "replies"), whole(report.replies)],
          ...(report.planned_per_second
            ? [[say("planejados por segundo", "planned a second"), digits(report.planned_per_second)]]
            : []),
          [say("não enviados", "not sent"), whole(requests.not_sent)],
          [say("sem desfecho (unknown)", "unknown"), whole(report.unknown)],
          [say("fora do prazo (timeouts)", "timed out"), whole(report.timeouts)],
          ...errors,
        ]),
      ),
    );
    into(
      "figures",
      block(
        say("Clientes", "Clients"),
        table([
          [say("entraram", "joined"), whole(clients.joined)],
          [say("saíram", "left"), whole(clients.left)],
          [say("derrubados pelo roteiro", "crashed by the script"), whole(clients.crashed)],
          [say("perderam a conexão", "lost the connection"), whole(clients.lost)],
          [say("recusados", "refused"), whole(clients.refused)],
          [say("conectados no fim", "count at the end"), report.count === null ? "–" : whole(report.count)],
        ]),
      ),
    );
  };

  head();
  tiles();
  verdicts();
  failures();
  figures();
  window.rollcall = {report, say, whole, digits, duration, elapsed, element, into};
}
