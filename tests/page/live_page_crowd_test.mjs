// The live page with 10,000 clients, or as many as open files and sanitizers allow: what it shows while they come,
// stay, and are gone all at once, each of which is more than the 4,096 joins and leaves that the server keeps.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {readFileSync} from "node:fs";
import {after, before, test} from "node:test";

import {launch} from "./browser.mjs";
import {
  Client,
  Program,
  Server,
  Things,
  deadlineMs,
  openPage,
  picture,
  sanitized,
  shownNames,
  waitForCount,
  waitForState,
} from "./live.mjs";

const openFiles = Number(execFileSync("sh", ["-c", "ulimit -n"]));
// The server needs one for each client, and some for itself.
const crowdSize = Math.min(sanitized ? 5000 : 10000, Math.floor((openFiles - 600) / 100) * 100);
let browser;
const things = new Things();

before(async () => {
  browser = await launch();
});
after(async () => {
  await things.end();
  await browser?.close();
});

/// Of what the page holds and what the server says, the difference.
const differences = async (page, server) => {
  const shown = (await page.locator("#found").innerText()).replace(/\D/g, "");
  const {count} = await server.api("status");
  return Number(shown) - count;
};

const thousands = (value) => new Intl.NumberFormat("pt-BR").format(value);

/// Scrolls through the whole table in `frames` frames; the time of each.
const scrollThrough = (page, frames) =>
  page.evaluate(async (count) => {
    const scroller = document.getElementById("roster");
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [];
    let before = await frame();
    for (let i = 1; i <= count; ++i) {
      scroller.scrollTop = ((scroller.scrollHeight - scroller.clientHeight) * i) / count;
      const now = await frame();
      times.push(now - before);
      before = now;
    }
    return times.sort((a, b) => a - b);
  }, frames);

test(`${crowdSize} clients`, async (t) => {
  console.log(`${crowdSize} clients, with ${openFiles} open files a process`);
  const server = things.keep(await Server.start({flags: ["--max-clients", String(crowdSize + 1)]}));
  const first = things.keep(await Client.start(server, "first"));
  const {page, context} = await openPage(browser, things, server);
  await waitForCount(page, 1);
  let crowd;

  await t.test("a page that was cut off meanwhile takes the roster anew", async () => {
    await context.setOffline(true);
    await waitForState(page, "stale");
    crowd = things.keep(
      new Program("rollcall-replay", "--server", server.endpoint, "--clients", String(crowdSize), "--rate", "500",
        "--duration", "600", "--quiet"),
    );
    const everybody = crowdSize + 1;
    const giveUp = performance.now() + deadlineMs;
    for (let count = 0; count < everybody; {count} = await server.api("status")) {
      assert.equal(crowd.process.exitCode, null, crowd.lines.join("\n"));
      assert.ok(performance.now() < giveUp, `${count} of ${everybody} clients are there`);
    }
    await context.setOffline(false);
    console.log(`back, until the count is right: ${(await waitForCount(page, everybody)).toFixed(0)} ms`);
    const start = performance.now();
    await page.waitForFunction(
      (wanted) => document.getElementById("found").textContent.replace(/\D/g, "") === String(wanted),
      everybody,
    );
    console.log(`... and everybody is in the table: ${(performance.now() - start).toFixed(0)} ms later`);
    await waitForState(page, "serving");
    assert.equal(await differences(page, server), 0);
    // The latest joins are told, not those that were the latest before.
    await page.waitForFunction(() => document.querySelectorAll("#changes li").length === 50);
    assert.match(await page.locator("#changes .count").first().innerText(), new RegExp(`^${thousands(everybody)}$`));
  });

  await t.test("all of them scroll, and only those that are seen are in the page", async () => {
    const times = await scrollThrough(page, 200);
    const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(1);
    console.log(`a frame of scrolling: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`);
    assert.ok((await page.locator("[data-rows] .row").count()) < 100);
    assert.equal(await page.locator("#roster [role=table]").getAttribute("aria-rowcount"), String(crowdSize + 2));
    const last = page.locator("[data-rows] .row:not([hidden])").last();
    assert.equal(await last.getAttribute("aria-rowindex"), String(crowdSize + 2));
    const lastIsSeen = await last.evaluate((row) => {
      const box = document.getElementById("roster").getBoundingClientRect();
      return row.getBoundingClientRect().bottom <= box.bottom + 1;
    });
    assert.ok(lastIsSeen, "the end cannot be reached");
  });

  await t.test("keys scroll it", async () => {
    /// Waits until so much of the table is above what is seen.
    const waitForTop = (least, most = Infinity) =>
      page.waitForFunction(
        ([from, to]) => {
          const {scrollTop} = document.getElementById("roster");
          return scrollTop >= from && scrollTop <= to;
        },
        [least, most],
      );
    await page.locator("#roster").focus();
    await page.keyboard.press("Home");
    await waitForTop(0, 0);
    assert.equal((await shownNames(page))[0], "first");
    await page.keyboard.press("PageDown");
    await waitForTop(300, 600);
    await page.keyboard.press("End");
    await waitForTop(await page.locator("#roster").evaluate((each) => each.scrollHeight - each.clientHeight - 1));
  });

  await t.test("what is seen stays where it is while somebody above leaves", async () => {
    const seen = () =>
      page.evaluate(() => {
        const {left, top, height} = document.getElementById("roster").getBoundingClientRect();
        const row = document.elementFromPoint(left + 30, top + height / 2).closest(".row");
        return [row.querySelector(".session").textContent, Math.round(row.getBoundingClientRect().top)];
      });
    await page.locator("#roster").evaluate((each) => {
      each.scrollIntoView({block: "center"});
      each.scrollTop = each.scrollHeight / 2 + 7;
    });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const before = await seen();
    first.signal("SIGKILL");
    await page.waitForFunction(
      (wanted) => document.getElementById("found").textContent.replace(/\D/g, "") === String(wanted),
      crowdSize,
    );
    assert.deepEqual(await seen(), before);
  });

  await t.test("a search finds one of them", async () => {
    const {clients} = await server.api("roster?limit=1&after=5000");
    const {address} = clients[0] ?? (await server.api("roster?limit=1")).clients[0];
    const start = performance.now();
    await page.locator("#search").fill(address);
    await page.waitForFunction(() => document.querySelectorAll("[data-rows] .row:not([hidden])").length === 1);
    console.log(`a search: ${(performance.now() - start).toFixed(0)} ms`);
    assert.equal(await page.locator("[data-rows] .row:not([hidden]) .address").innerText(), address);
    await page.locator("#search").fill("");
    await picture(page, "crowd");
  });

  await t.test("all of them are killed at once", async () => {
    // It shares its clients out among processes of its own.
    const {pid} = crowd.process;
    const shares = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    for (const each of shares) process.kill(each, "SIGKILL");
    await crowd.end();
    console.log(`killed, until the page shows it: ${(await waitForCount(page, 0)).toFixed(0)} ms`);
    await page.waitForFunction(() => document.getElementById("found").textContent === "0");
    assert.equal(await differences(page, server), 0);
    await waitForState(page, "serving");
  });
});
