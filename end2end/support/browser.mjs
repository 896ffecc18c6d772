// One Chromium for a test file, and pages that remember what went wrong in them.
import { after } from "node:test";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const BASE = process.env.BASE_URL ?? "http://127.0.0.1:3000";
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

// Drawn by software, so that a machine without a graphics card gets WebGL2, too; and nothing leaves the machine.
const FLAGS = [
  "--disable-gpu",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Longest time that anything may take before it counts as not happening.
const PATIENCE_MS = 15_000;

let launched;

function browser() {
  launched ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: FLAGS,
  });
  return launched;
}

after(async () => (await launched)?.close());

/**
 * A person with cookies of their own, far from every venue's zone.
 *
 * @param {{ size?: { width: number, height: number }, scripts?: boolean }} options
 */
export async function person({ size = DESKTOP, scripts = true } = {}) {
  const touch = size.width < 600;
  const context = await (await browser()).newContext({
    baseURL: BASE,
    viewport: size,
    javaScriptEnabled: scripts,
    hasTouch: touch,
    isMobile: touch,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "America/Los_Angeles",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Runs `use` with a page of a new person; fails when anything went wrong in that page. */
export async function withPage(options, use) {
  const context = await person(options);
  try {
    const page = await newPage(context);
    await use(page, context);
    assertClean(page);
  } finally {
    await context.close();
  }
}

/** A page that notes errors of its console, broken policies, and answers of 500 and above in `page.faults`. */
export async function newPage(context) {
  const page = await context.newPage();
  page.faults = [];
  page.requested = [];
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => page.faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => page.requested.push(request.url()));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // A page that is left ends its own requests; where scripts are off none is fetched ahead. (A policy that is
    // broken is told by the console, too.)
    if (why !== "net::ERR_ABORTED" && why !== "csp") page.faults.push(`failed: ${request.url()} ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) page.faults.push(`${response.status()}: ${response.url()}`);
  });
  return page;
}

/** Nothing went wrong in the page, but for faults that the test asked for. */
export function assertClean(page, expected = []) {
  const faults = page.faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
  assert.deepEqual(faults, [], `faults on ${page.url()}`);
}

/** Asks until `read` answers with something true, and gives that; the rest of the test then holds for sure. */
export async function until(what, read, limitMs = PATIENCE_MS) {
  const limit = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > limit) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
