// A headless browser for the page tests, and what they ask of every page.
import {createRequire} from "node:module";

const {chromium} = createRequire(process.env.PAGE_MODULES)("playwright-core");

export const desktop = {width: 1280, height: 900};

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/// Lines that the browser's console got, of errors and dialogs too, while `page` is open.
export function complaintsOf(page) {
  const complaints = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push("dialog");
    dialog.dismiss();
  });
  return complaints;
}

/// How many colours a canvas has: a blank one has a single one.
export const coloursOf = (canvas) =>
  canvas.evaluate((each) => {
    const {data} = each.getContext("2d").getImageData(0, 0, each.width, each.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

export const scrollsSideways = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
