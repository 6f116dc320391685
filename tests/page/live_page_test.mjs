// The live page of a real server: what people see of joins, leaves, kills, hostile names, and of a server that ends.
import assert from "node:assert/strict";
import {after, afterEach, before, test} from "node:test";

import {coloursOf, launch, scrollsSideways} from "./browser.mjs";
import {
  Client,
  Server,
  Things,
  deadlineMs,
  openPage,
  picture,
  waitForCount,
  waitForNames,
  waitForState,
  waitForText,
} from "./live.mjs";

let browser;
const things = new Things();

before(async () => {
  browser = await launch();
});
afterEach(() => things.end());
after(() => browser?.close());

const serve = async (options) => things.keep(await Server.start(options));
const join = async (server, name, ...flags) => things.keep(await Client.start(server, name, ...flags));
const open = (server, options) => openPage(browser, things, server, options);

test("the count follows joins, goodbyes and kills", async () => {
  const server = await serve();
  const {page, check} = await open(server);
  await waitForCount(page, 0);
  await waitForText(page, "#nobody", /Ninguém conectado/);
  const told = async (what, count) => console.log(`${what}: ${(await waitForCount(page, count)).toFixed(0)} ms`);
  const ana = await join(server, "ana");
  await told("a join, until the page shows it", 1);
  const bia = await join(server, "bia");
  await told("a second one", 2);
  await waitForNames(page, ["ana", "bia"]);
  ana.signal("SIGKILL");
  await told("SIGKILL, until the page shows it", 1);
  await waitForNames(page, ["bia"]);
  await bia.leave();
  await told("a goodbye", 0);
  await waitForText(page, "#changes", /despediu-se/);
  const latest = (await page.locator("#changes li").allInnerTexts()).map((line) => line.replace(/\s+/g, " "));
  assert.equal(latest.length, 4);
  const expected = [/− bia .*despediu-se 0/, /− ana .*desconectado 1/, /\+ bia .*entrou 2/, /\+ ana .*entrou 1/];
  expected.forEach((pattern, at) => assert.match(latest[at], pattern));
  await page.waitForFunction(() => document.title.startsWith("0 · "));
  await page.waitForFunction(() => document.getElementById("announcement").textContent.startsWith("0 clientes"));
  assert.equal(await page.locator("#announcement").getAttribute("aria-live"), "polite");
  check();
});

test("charts, numbers and rows are there in both languages, both themes and on a phone", async () => {
  const server = await serve();
  const ana = await join(server, "ana");
  await join(server, "bia");
  for (let i = 0; i < 100; ++i) ana.say("Olá!");
  const devices = {
    light: {colorScheme: "light"},
    dark: {colorScheme: "dark", locale: "en-GB"},
    phone: {viewport: {width: 360, height: 740}, deviceScaleFactor: 2, hasTouch: true, isMobile: true},
  };
  for (const [name, options] of Object.entries(devices)) {
    const {page, check} = await open(server, options);
    await waitForCount(page, 2);
    await waitForState(page, "serving");
    await waitForNames(page, ["ana", "bia"]);
    // The requests are told by the next roster; the first was the greeting.
    await page.waitForFunction(() => document.querySelector("[data-rows] .requests").textContent === "101");
    await page.waitForFunction(() => document.querySelectorAll(".chart canvas").length >= 3);
    for (const chart of await page.locator(".chart canvas:first-of-type").all()) {
      await chart.waitFor();
      assert.ok((await coloursOf(chart)) > 3, `a chart is blank: ${name}`);
    }
    await page.waitForFunction(() => {
      const chart = document.querySelector("[data-chart=count] .chart");
      return /: (de|from) \d/.test(chart.ariaLabel);
    });
    const text = await page.locator("body").innerText();
    const portuguese = ["clientes conectados", "Conectado", "Quem está aqui"];
    const words = options.locale ? ["clients connected", "Connected", "Who is here"] : portuguese;
    for (const word of words) assert.ok(text.includes(word), `${word}: ${name}`);
    assert.equal(await page.evaluate(() => document.documentElement.lang), options.locale ? "en" : "pt-BR");
    assert.equal(await scrollsSideways(page), false, `wider than the screen: ${name}`);
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    await picture(page, name);
    check();
  }
});

const hostileNames = [
  "<img src=x onerror=alert(1)>",
  "</script><script>document.title='gotcha'</script>",
  "ana\u202Egnp.exe",
  "a\u001b[31mred\u0007\r\nX",
  "  spaces  ",
  "\u{1F600}".repeat(32), // 128 bytes
  "&amp;\"'`${1}",
  "مرحبا",
];

test("what clients call themselves stays text, and all of it is seen", async () => {
  const server = await serve();
  for (const name of hostileNames) await join(server, name);
  const {page, check} = await open(server);
  await waitForCount(page, hostileNames.length);
  const shown = [
    hostileNames[0],
    hostileNames[1],
    "ana⟨U+202E⟩gnp.exe",
    "a⟨U+001B⟩[31mred⟨U+0007⟩⟨U+000D⟩⟨U+000A⟩X",
    "⟨U+0020⟩⟨U+0020⟩spaces⟨U+0020⟩⟨U+0020⟩",
    ...hostileNames.slice(5),
  ];
  await waitForNames(page, shown);
  const names = page.locator("[data-rows] .row:not([hidden]) .name bdi");
  const titles = await names.evaluateAll((all) => all.map((each) => each.title));
  assert.deepEqual(titles, shown);
  await page.waitForFunction((all) => document.querySelectorAll("#changes li").length === all, shown.length);
  const latest = await page.locator("#changes .who > bdi").evaluateAll((all) => all.map((each) => each.textContent));
  assert.deepEqual(latest.reverse(), shown);
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.locator("main script").count(), 0);
  await page.waitForFunction(() => document.title === "8 · rollcall");
  assert.equal(await scrollsSideways(page), false, "wider than the screen");
  // The long one is cut, and its row is as high as the others.
  assert.ok(await names.nth(5).evaluate((each) => each.scrollWidth > each.clientWidth));
  const rows = page.locator("[data-rows] .row:not([hidden])");
  const heights = await rows.evaluateAll((all) => all.map((each) => each.offsetHeight));
  assert.equal(new Set(heights).size, 1);
  await picture(page, "hostile");
  check();
});

test("a script that got into the page would not run", async () => {
  const server = await serve();
  const {page, complaints} = await open(server);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.body.dataset.ran = 'yes'";
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => document.body.dataset.ran), undefined);
  assert.match(complaints.join("\n"), /Content Security Policy/);
});

test("a server that drains, hangs, dies and is there anew: each is told, in words", async () => {
  const server = await serve({name: "rollcall-test-server", flags: ["--drain-timeout", "60000"]});
  const ana = await join(server, "ana");
  const {page, context} = await open(server);
  await waitForCount(page, 1);
  await waitForState(page, "serving");
  assert.equal(await page.locator("#notice").isVisible(), false);

  server.signal("SIGSTOP");
  await waitForState(page, "stale");
  assert.match(await page.locator("#state").innerText(), /^Sem resposta há \d+ s$/);
  assert.match(await page.locator("#notice").innerText(), /Os números são os das \d\d:\d\d:\d\d/);
  assert.match(await page.title(), /^⚠ 1 · /);
  await picture(page, "stale");
  server.signal("SIGCONT");
  await waitForState(page, "serving");
  assert.equal(await page.locator("#notice").isVisible(), false);

  ana.say("hold x"); // until the test lets it go
  await page.waitForFunction(() => /Pedidos sem resposta\s*1\b/.test(document.getElementById("now-figures").innerText));
  server.signal("SIGTERM");
  await waitForState(page, "draining");
  assert.match(await page.locator("#state").innerText(), /^Encerrando/);
  await picture(page, "draining");
  server.signal("SIGUSR2");
  await server.ended();
  await waitForState(page, "stale");

  // Another server in its place, whose versions have gone past the old one's unseen: nothing of that one is left.
  await context.setOffline(true);
  const successor = await serve({http: new URL(server.page).host});
  for (const name of ["bia", "cid", "davi"]) await join(successor, name);
  await context.setOffline(false);
  await waitForState(page, "serving");
  await waitForCount(page, 3);
  await waitForNames(page, ["bia", "cid", "davi"]);
  await page.waitForFunction(() => {
    const names = [...document.querySelectorAll("#changes .who > bdi")].map((each) => each.textContent);
    return names.join() === "davi,cid,bia";
  });
});

test("figures that the server itself calls old are told as such", async () => {
  const server = await serve();
  const {page, check} = await open(server);
  await waitForState(page, "serving");
  // Nothing makes a server's loop stand still while its HTTP side answers, so its answer is made older on the way.
  await page.route("**/api/v1/status", async (route) => {
    const response = await route.fetch();
    await route.fulfill({response, json: {...(await response.json()), age_ms: 2500}});
  });
  await waitForState(page, "stale");
  assert.match(await page.locator("#state").innerText(), /^Números parados há \d+ s$/);
  await page.unrouteAll({behavior: "wait"}); // for the answers that are on their way
  await waitForState(page, "serving");
  check();
});

test("it can be read and used with the keyboard alone", async () => {
  const server = await serve();
  for (const name of ["caio", "Ágata", "bento"]) await join(server, name);
  const {page, check} = await open(server);
  await waitForNames(page, ["caio", "Ágata", "bento"]);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.text);
  const reached = [];
  for (let presses = 0; presses < 12; ++presses) {
    await page.keyboard.press("Tab");
    reached.push(await focused());
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outline);
    assert.match(ring, /solid 2px/, `the focus is not seen on ${reached.at(-1)}`);
    if (reached.at(-1) === "columns.name") break;
  }
  assert.deepEqual(reached, ["language", "theme", "search", "roster", "columns.name"]);
  const header = page.locator("[data-column=name]");
  assert.equal(await header.getAttribute("aria-sort"), "none");
  await page.keyboard.press("Enter");
  await waitForNames(page, ["Ágata", "bento", "caio"]);
  assert.equal(await header.getAttribute("aria-sort"), "ascending");
  await page.keyboard.press("Space");
  await waitForNames(page, ["caio", "bento", "Ágata"]);
  assert.equal(await header.getAttribute("aria-sort"), "descending");
  assert.equal(await page.locator("[data-column=session]").getAttribute("aria-sort"), "none");

  await page.locator("#search").focus();
  await page.keyboard.type("agata");
  await waitForNames(page, ["Ágata"]);
  await waitForText(page, "#found", /^1 de 3$/);
  await page.keyboard.type("?");
  await waitForNames(page, []);
  await waitForText(page, "#nobody", /Nada encontrado/);
  // News does not take the focus, or what was typed, away.
  await join(server, "agata?");
  await waitForNames(page, ["agata?"]);
  assert.equal(await focused(), "search");
  check();
});

test("every column sorts", async () => {
  const server = await serve();
  const clients = [];
  for (const name of ["b", "a", "c"]) clients.push(await join(server, name));
  const {page, check} = await open(server);
  await waitForNames(page, ["b", "a", "c"]);
  clients[0].say("um");
  for (let i = 0; i < 12; ++i) clients[2].say("três");
  await page.waitForFunction(() => {
    const cells = [...document.querySelectorAll("[data-rows] .row:not([hidden]) .requests")];
    return cells.map((each) => each.textContent).join() === "2,1,13";
  });
  const sorted = {
    name: ["a", "b", "c"],
    since: ["b", "a", "c"],
    requests: ["a", "b", "c"],
    session: ["b", "a", "c"],
  };
  for (const [column, names] of Object.entries(sorted)) {
    await page.locator(`[data-column=${column}] button`).click();
    await waitForNames(page, names);
    await page.locator(`[data-column=${column}] button`).click();
    await waitForNames(page, [...names].reverse());
  }
  for (const column of ["address", "idle"]) {
    const sequence = () => page.locator("[data-rows] .row:not([hidden]) .session").allInnerTexts();
    await page.locator(`[data-column=${column}] button`).click();
    await page.locator(`[data-column=${column}][aria-sort=ascending]`).waitFor();
    const up = await sequence();
    await page.locator(`[data-column=${column}] button`).click();
    await page.locator(`[data-column=${column}][aria-sort=descending]`).waitFor();
    await page.waitForFunction(
      (wanted) => {
        const cells = [...document.querySelectorAll("[data-rows] .row:not([hidden]) .session")];
        return cells.map((each) => each.textContent).join() === wanted;
      },
      [...up].reverse().join(),
    );
  }
  check();
});

test("the picture of who is here is as old as what it is made of allows", async () => {
  const server = await serve();
  const {page, check} = await open(server);
  const seen = await page.evaluate(async () => {
    const {Picture} = await import("./picture.js");
    const joined = (version, session) => ({version, kind: "joined", session, name: "", address: "", unix_ms: 0});
    const left = (version, session) => ({version, kind: "left", session});
    const client = (session, name = "") => ({session, name, address: "", since_unix_ms: 0, requests: 1, idle_ms: 0});
    const picture = new Picture();
    const sessions = () => [...picture.clients.keys()];
    const steps = [];
    picture.forget(10);
    picture.apply([joined(11, 3), left(12, 1)]);
    steps.push(["no roster yet", sessions(), picture.version]);
    steps.push(["older than the first change", picture.take({roster_version: 9, clients: [client(1)]}), sessions()]);
    picture.take({roster_version: 10, clients: [client(1), client(2)]});
    steps.push(["changes since are added", sessions(), picture.version]);
    picture.take({roster_version: 12, clients: [client(2), client(3)]});
    picture.apply([joined(13, 4)]);
    picture.take({roster_version: 12, clients: [client(2), client(3)]});
    steps.push(["an older roster takes nobody away", sessions(), picture.version]);
    const before = picture.clients.get(2);
    picture.take({roster_version: 13, clients: [client(2, "bia"), client(3), client(4)]});
    steps.push(["a name that was given later", picture.clients.get(2) === before, picture.clients.get(2).name]);
    return steps;
  });
  assert.deepEqual(seen, [
    ["no roster yet", [], null],
    ["older than the first change", false, []],
    ["changes since are added", [2, 3], 12],
    ["an older roster takes nobody away", [2, 3, 4], 13],
    ["a name that was given later", false, "bia"],
  ]);
  check();
});

test("language and theme are chosen once", async () => {
  const server = await serve();
  const {page, context, check} = await open(server, {colorScheme: "light"});
  await waitForState(page, "serving");
  const background = (which) => which.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background(page);
  await page.waitForFunction(() => document.querySelector(".chart canvas") !== null);
  await page.locator("#language").selectOption("en");
  await page.locator("#theme").selectOption("dark");
  assert.notEqual(await background(page), light);
  assert.match(await page.locator("#state").innerText(), /Connected/);
  const again = await context.newPage();
  await again.goto(server.page);
  await waitForState(again, "serving");
  assert.match(await again.locator("#state").innerText(), /Connected/);
  assert.equal(await background(again), await background(page));
  assert.deepEqual(
    await again.evaluate(() => [document.getElementById("language").value, document.getElementById("theme").value]),
    ["en", "dark"],
  );
  await again.locator("#theme").selectOption("auto");
  assert.equal(await background(again), light);
  check();
});
