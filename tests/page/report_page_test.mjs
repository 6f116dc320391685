// The HTML reports in a browser: no errors, no network, all charts drawn as was measured, and text that stays text.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {pathToFileURL} from "node:url";

import {coloursOf, complaintsOf, desktop, launch, scrollsSideways} from "./browser.mjs";

const reports = process.env.PAGE_REPORTS;
const charts = ["percentiles", "latencies", "rate", "count"];
const phone = {width: 390, height: 844};
let browser;

before(async () => {
  mkdirSync(reports, {recursive: true});
  execFileSync(process.env.PAGE_WRITER, [reports]);
  browser = await launch();
});
after(() => browser?.close());

/// Opens a report, gives it to `look`, and demands that the page asked for nothing and complained about nothing.
async function open(name, options, look) {
  const context = await browser.newContext({viewport: desktop, ...options});
  const page = await context.newPage();
  const address = pathToFileURL(join(reports, name)).href;
  const complaints = complaintsOf(page);
  page.on("request", (request) => {
    if (request.url() !== address) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  await look(page);
  assert.deepEqual(complaints, []);
  await context.close();
}

/// Points that their chart's axes do not reach: what is drawn would not be what was measured.
const pointsOutside = (page, id) =>
  page.evaluate((which) => {
    const chart = Chart.getChart(which);
    return chart.data.datasets.flatMap((dataset, i) => {
      const {yAxisID, xAxisID} = chart.getDatasetMeta(i);
      const inside = ({min, max}, value) => value === null || (value >= min && value <= max);
      return dataset.data
        .filter(({x, y}) => !inside(chart.scales[xAxisID], x) || !inside(chart.scales[yAxisID], y))
        .map((point) => ({dataset: dataset.label, ...point}));
    });
  }, id);

for (const language of ["pt", "en"]) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [device, viewport] of Object.entries({desktop, phone})) {
      test(`all charts are drawn: ${language}, ${colorScheme}, ${device}`, async () => {
        await open(`example.${language}.html`, {colorScheme, viewport}, async (page) => {
          for (const id of charts) {
            assert.ok((await coloursOf(page.locator(`#${id}`))) > 10, `${id} is blank`);
            assert.deepEqual(await pointsOutside(page, id), [], id);
          }
          assert.equal(await scrollsSideways(page), false, "wider than the screen");
          assert.equal(await page.title(), "A busy minute");
          if (process.env.PAGE_PICTURES) {
            await page.screenshot({
              path: join(process.env.PAGE_PICTURES, `${language}-${colorScheme}-${device}.png`),
              fullPage: true,
            });
          }
        });
      });
    }
  }
}

test("the charts follow the reader's colours", async () => {
  await open("example.en.html", {colorScheme: "light"}, async (page) => {
    const drawn = () => page.evaluate(() => document.getElementById("rate").toDataURL());
    const light = await drawn();
    await page.emulateMedia({colorScheme: "dark"});
    await page.waitForFunction((before) => document.getElementById("rate").toDataURL() !== before, light);
  });
});

test("the figures are the run's, in the reader's language", async () => {
  await open("example.en.html", {}, async (page) => {
    const text = await page.locator("body").innerText();
    for (const part of ["60,000", "59,961", "126 ms", "line 14, bia7", "p99<50ms", "99.8 %"]) {
      assert.ok(text.includes(part), part);
    }
  });
  await open("example.pt.html", {}, async (page) => {
    const text = await page.locator("body").innerText();
    for (const part of ["60.000", "linha 14, bia7", "99,8 %"]) assert.ok(text.includes(part), part);
  });
});

test("a report of nothing says so and has no charts", async () => {
  await open("empty.en.html", {}, async (page) => {
    assert.equal(await page.locator("canvas").count(), 0);
    assert.ok((await page.locator("body").innerText()).includes("nothing to measure"));
  });
});

test("a short run has a curve of percentiles and no course", async () => {
  await open("quiet.pt.html", {}, async (page) => {
    assert.deepEqual(await page.locator("canvas").evaluateAll((all) => all.map((each) => each.id)), ["percentiles"]);
    assert.ok((await coloursOf(page.locator("#percentiles"))) > 10);
    const along = await page.evaluate(() => Chart.getChart("percentiles").data.datasets[0].data.map(({x}) => x));
    assert.deepEqual(
      along,
      [...along].sort((a, b) => a - b),
      "the curve goes back",
    );
  });
});

test("what scripts and peers wrote stays text", async () => {
  await open("hostile.en.html", {}, async (page) => {
    const heading = await page.locator("h1").innerText();
    assert.ok(
      heading.startsWith("</script><script>document.title='gotcha'</script><img src=x onerror=alert(1)> & ]]>"),
    );
    assert.ok(heading.includes("\\u{202E}") && heading.includes("@SCRIPT@"));
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.locator("script").count(), 4);
    assert.notEqual(await page.title(), "gotcha");
    assert.equal(await scrollsSideways(page), false, "wider than the screen");
    for (const id of charts) assert.ok((await coloursOf(page.locator(`#${id}`))) > 10, `${id} is blank`);
  });
});

test("a script that got into the page would not run", async () => {
  const opened = open("example.en.html", {}, async (page) => {
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'ran'";
      document.body.append(script);
    });
    assert.equal(await page.title(), "A busy minute");
  });
  // The browser tells of what it kept from running.
  await assert.rejects(opened, /Content Security Policy/);
});
