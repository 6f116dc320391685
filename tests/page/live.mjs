// A real server with its live page, real clients of it, and the page in a browser.
import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {createInterface} from "node:readline";

import {complaintsOf, desktop} from "./browser.mjs";

/// The programs are slower by far with sanitizers.
export const sanitized = Boolean(process.env.ROLLCALL_SANITIZE);
/// For whatever is waited for: machines may be slow.
export const deadlineMs = sanitized ? 180000 : 60000;

const program = (name) => join(process.env.ROLLCALL_BIN, name);

/// A program whose lines can be waited for. It ends with `end()`.
export class Program {
  lines = [];
  #waiting = [];
  #ended;

  constructor(name, ...args) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("ROLLCALL_")));
    this.process = spawn(program(name), args, {stdio: ["pipe", "pipe", "pipe"], env});
    this.process.stdin.on("error", () => {}); // it may be dead already
    this.#ended = new Promise((resolve) => this.process.on("close", resolve));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      createInterface({input: stream}).on("line", (line) => {
        this.lines.push(line);
        for (const look of this.#waiting) look();
      });
    }
  }

  /// The first line for which `find` gives something, as what it gives.
  line(find) {
    return new Promise((resolve, reject) => {
      const clear = () => {
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((each) => each !== look);
      };
      const look = () => {
        const found = this.lines.map(find).find(Boolean);
        if (!found) return;
        clear();
        resolve(found);
      };
      const timer = setTimeout(() => {
        clear();
        reject(new Error(`no such line; the last ones were ${JSON.stringify(this.lines.slice(-20))}`));
      }, deadlineMs);
      this.#waiting.push(look);
      look();
    });
  }

  signal(name) {
    this.process.kill(name);
  }

  /// The exit code.
  ended() {
    return this.#ended;
  }

  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill("SIGKILL");
    await this.#ended;
  }
}

export class Server extends Program {
  static async start({name = "rollcall-server", port = 0, http = "127.0.0.1:0", flags = []} = {}) {
    const json = name === "rollcall-server" ? ["--log-format", "json"] : [];
    const server = new Server(name, "--port", String(port), "--http", http, ...json, ...flags);
    const {endpoints, page} = await server.line((line) => line.includes('"started"') && JSON.parse(line));
    return Object.assign(server, {endpoint: endpoints[0], page});
  }

  get port() {
    return Number(this.endpoint.split(":").at(-1));
  }

  /// What the API answers now.
  async api(path) {
    const response = await fetch(new URL(`api/v1/${path}`, this.page));
    return response.json();
  }
}

/// A client that stays until it is told or killed.
export class Client extends Program {
  static async start(server, name, ...flags) {
    const client = new Client("rollcall-client", "--server", server.endpoint, "--name", name, ...flags);
    await client.line((line) => line.includes("✅"));
    return client;
  }

  /// Sends a message; its reply may be a while.
  say(text) {
    this.process.stdin.write(`${text}\n`);
  }

  leave() {
    this.process.stdin.end();
    return this.ended();
  }
}

/// What a test starts and has to end.
export class Things {
  #all = [];

  keep(thing) {
    this.#all.push(thing);
    return thing;
  }

  async end() {
    for (const thing of this.#all.splice(0).reverse()) await (thing.end?.() ?? thing.close());
  }
}

/// The server's page in a context of its own. Whatever the browser complains of fails check().
export async function openPage(browser, things, server, options = {}) {
  const context = things.keep(await browser.newContext({viewport: desktop, locale: "pt-BR", ...options}));
  const page = await context.newPage();
  page.setDefaultTimeout(deadlineMs);
  const complaints = complaintsOf(page);
  const response = await page.goto(server.page);
  assert.match(response.headers()["content-security-policy"], /script-src 'self'.*style-src 'self'/);
  assert.doesNotMatch(response.headers()["content-security-policy"], /unsafe/);
  return {page, context, complaints, check: () => assert.deepEqual(complaints, [])};
}

/// Waits until the page shows this count, in whatever language; returns the milliseconds it took.
export async function waitForCount(page, count) {
  const start = performance.now();
  await page.waitForFunction(
    (wanted) => document.getElementById("count").textContent.replace(/\D/g, "") === String(wanted),
    count,
  );
  return performance.now() - start;
}

/// Waits until the element's text, as it is seen, matches.
export const waitForText = (page, selector, pattern) =>
  page.waitForFunction(
    ([where, wanted]) => new RegExp(wanted).test(document.querySelector(where).innerText),
    [selector, pattern.source],
  );

export const waitForState = (page, state) => page.locator(`#state[data-state=${state}]`).waitFor();

export const shownNames = (page) =>
  page.locator("[data-rows] .row:not([hidden]) .name bdi").evaluateAll((all) => all.map((each) => each.textContent));

/// Waits until exactly these names are in the table, in this order.
export const waitForNames = (page, names) =>
  page.waitForFunction(
    (wanted) => {
      const rows = [...document.querySelectorAll("[data-rows] .row:not([hidden]) .name bdi")];
      return JSON.stringify(rows.map((each) => each.textContent)) === JSON.stringify(wanted);
    },
    names,
  );

export async function picture(page, name) {
  const folder = process.env.PAGE_PICTURES;
  mkdirSync(folder, {recursive: true});
  await page.screenshot({path: join(folder, `${name}.png`), fullPage: true});
}
