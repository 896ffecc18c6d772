// Pictures of the product for `docs/screens`: BASE_URL=http://127.0.0.1:3000 node end2end/screens.mjs [NAME…]
//
// Takes them from a running demo (`make run`), buys three seats on the way, and writes
// <screen>-<desktop|phone>-<light|dark>.png. Names limit it to screens that begin with one of them.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { shrink } from "./support/png.mjs";
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
  const path = `${OUT}${name}-${look}.png`;
  await page.screenshot({ path, ...options });
  shrink(path);
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
  if (!look.endsWith("light")) return;
  // As it comes out of a printer: A4 within its margins, at 96 dots an inch.
  if (look.startsWith("desktop")) await paper(page);
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 673, height: 1000 });
  await page.emulateMedia({ media: "print" });
  if (look.startsWith("desktop")) await shoot(page, "ticket-print", look);
  await page.emulateMedia({ media: "screen" });
  await page.setViewportSize({ width, height });
  await mail(page, look);
}

/** The letter with the tickets, in the demo's mailbox. */
async function mail(page, look) {
  const { origin } = new URL(page.url());
  const port = Number(new URL(origin).port) + 1;
  const mailbox = `http://127.0.0.1:${port}/mailbox`;
  const letter = page.getByRole("link").filter({ hasText: BUYER.email }).first();
  for (let tries = 0; tries < 30; tries += 1) {
    await page.goto(mailbox);
    if ((await letter.count()) > 0) break;
    await page.waitForTimeout(500);
  }
  const path = await letter.getAttribute("href");
  await page.goto(new URL(`${path}/html`, mailbox).href);
  await shoot(page, "mail", look, { fullPage: true });
}

/** The first page of the tickets' PDF; `pdftoppm` (poppler-utils) draws it. */
async function paper(page) {
  if (only.length > 0 && !only.some((wanted) => "ticket-pdf".startsWith(wanted))) return;
  const href = await page.getByRole("link", { name: "PDF to print" }).first().getAttribute("href");
  const pdf = Buffer.from(await (await fetch(new URL(href, page.url()))).arrayBuffer());
  const file = `${OUT}ticket-pdf.png`;
  const drawn = spawnSync("pdftoppm", ["-png", "-r", "80", "-f", "1", "-l", "1", "-singlefile", "-"], { input: pdf, maxBuffer: 1 << 26 });
  if (drawn.error || drawn.status !== 0) return console.log("ticket-pdf: not drawn, pdftoppm is missing or failed");
  writeFileSync(file, drawn.stdout);
  shrink(file);
  console.log("ticket-pdf");
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
