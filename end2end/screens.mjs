// Pictures of the product for `docs/screens`: BASE_URL=http://127.0.0.1:3000 node end2end/screens.mjs [NAME…]
//
// Takes them from a running demo (`make run`), buys three seats on the way, and writes
// <screen>-<desktop|phone>-<light|dark>.png. Names limit it to screens that begin with one of them.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { BUYER, CARDS, chooseForMe, fillCheckout, mapReady, openPanel, paid, payWith } from "./support/buyer.mjs";

const BASE = process.env.BASE_URL ?? "http://127.0.0.1:3000";
const OUT = fileURLToPath(new URL("../docs/screens/", import.meta.url));
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const MAPS = {
  theatre: "nine-letters-to-an-empty-chair",
  arena: "velvet-meridian-night-ferry-tour",
  stadium: "aurora-parade-stadium-night",
};
const only = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
  args: ["--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic"],
});

async function shoot(page, name, look, options = {}) {
  if (only.length > 0 && !only.some((wanted) => name.startsWith(wanted))) return;
  await page.evaluate(() => document.fonts.ready);
  // Tiles and transitions come to rest.
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${OUT}${name}-${look}.png`, ...options });
  console.log(`${name}-${look}`);
}

async function choose(page, quantity) {
  await openPanel(page);
  await chooseForMe(page, quantity);
  const handle = page.locator(".panel-handle");
  // Of the drawer's three stops, the first comes after the last.
  if (await handle.isVisible()) await handle.click();
  await page.waitForTimeout(700);
}

async function maps(page, look) {
  for (const [kind, slug] of Object.entries(MAPS)) {
    await page.goto(`/events/${slug}/seats`);
    await mapReady(page);
    await shoot(page, `map-${kind}`, look);
    await choose(page, 3);
    await shoot(page, `map-${kind}-seats`, look);
    if (kind !== "arena") {
      await openPanel(page);
      await page.getByRole("button", { name: "Clear all" }).click();
      await page.getByText("No seat yet").waitFor();
    }
  }
}

async function purchase(page, look) {
  const slug = MAPS.arena;
  await page.goto(`/events/${slug}/seats`);
  await mapReady(page);
  if ((await page.getByText("No seat yet").count()) > 0) await choose(page, 3);
  await page.getByRole("link", { name: "Continue" }).click();
  await page.getByLabel("Name").waitFor();
  await page.getByLabel("Name").fill(BUYER.name);
  await page.getByLabel("E-mail").fill(BUYER.email);
  await shoot(page, "checkout", look, { fullPage: true });
  await fillCheckout(page);
  await page.getByLabel("Card number").waitFor();
  await shoot(page, "sandbox-payment", look, { fullPage: true });
  await payWith(page, CARDS.good);
  await paid(page);
  await shoot(page, "order", look, { fullPage: true });
  await page.getByRole("link", { name: "Show all tickets" }).click();
  await page.getByRole("heading", { level: 1, name: "Your tickets" }).waitFor();
  await shoot(page, "ticket", look);
}

await mkdir(OUT, { recursive: true });
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"]) {
    const touch = size === "phone";
    const context = await browser.newContext({
      baseURL: BASE,
      viewport,
      colorScheme,
      hasTouch: touch,
      isMobile: touch,
      reducedMotion: "reduce",
      locale: "en-GB",
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const look = `${size}-${colorScheme}`;
    await page.goto("/");
    await shoot(page, "home", look);
    await page.goto(`/events/${MAPS.theatre}`);
    await shoot(page, "event", look, { fullPage: true });
    await maps(page, look);
    await purchase(page, look);
    await context.close();
  }
}
await browser.close();
