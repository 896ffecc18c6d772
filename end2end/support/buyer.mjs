// What a buyer does, step by step, with and without scripts.
import assert from "node:assert/strict";
import { until } from "./browser.mjs";

export const CARDS = {
  good: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  challenged: "4000 0025 0000 3155",
  disputed: "4000 0000 0000 0259",
};

export const BUYER = { name: "Ada Example", email: "ada@example.org" };

/** Opens the seat page; with scripts until the map stands and shows the seats as they are now. */
export async function openSeats(page, slug, { scripts = true, query = "" } = {}) {
  await page.goto(`/events/${slug}/seats${query}`);
  if (scripts) await mapReady(page);
}

/** The map is there and its line is live. */
export async function mapReady(page) {
  await page.locator('.stage[data-phase="ready"]').waitFor();
  await page.locator(".line-state.live").waitFor();
}

/** How many colours the map shows: an empty canvas has one or two. */
export async function coloursOfMap(page) {
  const png = (await page.locator("#map").screenshot()).toString("base64");
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
    return new Set(pixels).size;
  }, png);
}

/** "Choose for me" in the panel. */
export async function chooseForMe(page, quantity) {
  await page.locator("#party").selectOption(String(quantity));
  await page.getByRole("button", { name: "Choose for me" }).click();
  await held(page, quantity);
}

/** The panel says that so many seats are held. */
export async function held(page, quantity) {
  const words = quantity === 1 ? "1 seat held for you" : `${quantity} seats held for you`;
  await page.getByRole("heading", { name: words }).waitFor();
}

/** The drawer of a phone, fully open; elsewhere the panel is open anyway. */
export async function openPanel(page) {
  const handle = page.locator(".panel-handle");
  if (!(await handle.isVisible())) return;
  for (let press = 0; press < 2; press += 1) {
    if ((await page.locator(".panel").getAttribute("data-stop")) === "full") return;
    await handle.click();
  }
}

/** Minor units of a price in words. */
export function minor(text) {
  const digits = text.replace(/[^\d.]/g, "");
  const [whole, part = ""] = digits.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

/** The free seats of the open section of the list. */
export function freeSeats(page) {
  return page.locator("#list-form input[data-seat]:not(:disabled):not(:checked)");
}

/**
 * So many free neighbours of the open section, as the numbers of their boxes: at the edge of a free run that goes on
 * for two seats at least, so that they can be taken one by one and leave no single seat.
 */
export async function freeNeighbours(page, quantity) {
  const found = await page.locator("#list-form fieldset.row").evaluateAll((rows, quantity) => {
    for (const row of rows) {
      const free = [...row.querySelectorAll("input[data-seat]")].map((box) => ({
        seat: Number(box.dataset.seat),
        free: !box.disabled && !box.checked,
      }));
      for (let at = 0; at < free.length; at += 1) {
        const starts = free[at].free && !(free[at - 1]?.free ?? false);
        let length = 0;
        while (free[at + length]?.free) length += 1;
        if (starts && length >= quantity + 2) {
          return free.slice(at, at + quantity).map(({ seat }) => String(seat));
        }
      }
    }
    return null;
  }, quantity);
  assert.ok(found, `${quantity} free neighbours`);
  return found;
}

/** A free seat of the open section that may be taken alone. */
export async function freeSeat(page) {
  const [seat] = await freeNeighbours(page, 1);
  return seat;
}

/** The box of a seat in the list. */
export function box(page, seat) {
  return page.locator(`#list-form input[data-seat="${seat}"]`);
}

/** Opens the first section of the list that has free seats, and waits for its boxes. */
export async function openFreeSection(page) {
  const links = page.locator(".section-link:has(.section-free:not(.none))");
  await links.first().click();
  await page.locator("#list-form input[data-seat]").first().waitFor({ state: "attached" });
}

/** Fills the form of the checkout and sends it. */
export async function fillCheckout(page, buyer = BUYER) {
  await page.getByLabel("Name").fill(buyer.name);
  await page.getByLabel("E-mail").fill(buyer.email);
  await page.getByRole("button", { name: "Continue to payment" }).click();
}

/** Pays on the sandbox's page. */
export async function payWith(page, card) {
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry (MM / YY)").fill("12 / 34");
  await page.getByLabel("CVC").fill("123");
  await page.getByLabel("Name on the card").fill(BUYER.name);
  await page.getByRole("button", { name: /^Pay / }).click();
}

/** The order's page says that it is paid; it reloads itself until then. */
export async function paid(page) {
  await page.getByRole("heading", { level: 1, name: "Your tickets are here" }).waitFor();
  assert.match(page.url(), /\/orders\/[0-9a-f-]{36}\?key=/);
}

/** Opens all tickets of a paid order: so many, each with a code. */
export async function openTickets(page, quantity) {
  await page.getByRole("link", { name: "Show all tickets" }).click();
  await page.getByRole("heading", { level: 1, name: "Your tickets" }).waitFor();
  assert.equal(await page.locator("article.ticket").count(), quantity);
  assert.equal(await page.getByRole("img", { name: "Entry code" }).count(), quantity);
}

/** Seconds that a countdown shows. */
export async function secondsLeft(locator) {
  const [minutes, seconds] = (await locator.innerText()).trim().split(":").map(Number);
  return minutes * 60 + seconds;
}

/** The countdown goes down. */
export async function countsDown(locator) {
  const first = await secondsLeft(locator);
  assert.ok(first > 0 && first <= 3_600, `${first} s left`);
  await until("the countdown runs", async () => (await secondsLeft(locator)) < first);
}
