// Two people on one event see each other's seats go and come back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, assertClean, newPage, person } from "../support/browser.mjs";
import {
  CARDS,
  box,
  fillCheckout,
  freeSeat,
  held,
  mapReady,
  openSeats,
  openFreeSection,
  paid,
  payWith,
} from "../support/buyer.mjs";

const EVENT = "nine-letters-to-an-empty-chair";

/** How long a change may take to be seen elsewhere. */
const SEEN_MS = 3_000;

async function twoPeople(options, use) {
  const contexts = await Promise.all([person(), person(options)]);
  try {
    const pages = await Promise.all(contexts.map(newPage));
    await use(...pages);
    pages.forEach((page) => assertClean(page));
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
}

/** Opens the same section on both pages and gives the number of a free seat in it. */
async function sameSection(ada, ben, scripts = true) {
  await openSeats(ada, EVENT);
  await openFreeSection(ada);
  await mapReady(ada);
  const query = new URL(ada.url()).search;
  await openSeats(ben, EVENT, { query, scripts });
  return freeSeat(ada);
}

const state = (page, seat, words, timeout = SEEN_MS) =>
  page.locator(`label.seat:has(input[data-seat="${seat}"]) [data-state]`, { hasText: words }).waitFor({ timeout });

test("a seat that one holds, gives back and buys goes held, free, sold before the other's eyes", () =>
  twoPeople({ size: PHONE }, async (ada, ben) => {
    const seat = await sameSection(ada, ben);
    await box(ada, seat).check();
    await state(ben, seat, "held by somebody");
    assert.ok(await box(ben, seat).isDisabled());
    await state(ada, seat, "yours");
    await held(ada, 1);

    await box(ada, seat).uncheck();
    await state(ben, seat, "available");
    assert.ok(await box(ben, seat).isEnabled());

    await box(ben, seat).check();
    await state(ada, seat, "held by somebody");
    await box(ben, seat).uncheck();
    await state(ada, seat, "available");

    await box(ada, seat).check();
    await held(ada, 1);
    await ada.getByRole("link", { name: "Continue" }).click();
    await fillCheckout(ada);
    await payWith(ada, CARDS.good);
    await paid(ada);
    await state(ben, seat, "sold");
  }));

test("the free seats in the legend follow what others hold", () =>
  twoPeople({}, async (ada, ben) => {
    await sameSection(ada, ben);
    const free = async (page) => {
      const texts = await page.locator(".legend-entry:has(.swatch) small").allInnerTexts();
      return texts.map((text) => Number(text.replace(/\D/g, ""))).reduce((sum, count) => sum + count, 0);
    };
    const before = await free(ben);
    const seat = await freeSeat(ada);
    await box(ada, seat).check();
    await state(ben, seat, "held by somebody");
    assert.equal(await free(ben), before - 1);
    await box(ada, seat).uncheck();
    await state(ben, seat, "available");
    assert.equal(await free(ben), before);
  }));

test("what one holds is taken for the other at the next page, without JavaScript", () =>
  twoPeople({ scripts: false }, async (ada, ben) => {
    const seat = await sameSection(ada, ben, false);
    await box(ben, seat).waitFor({ state: "attached" });
    assert.ok(await box(ben, seat).isEnabled());
    await box(ada, seat).check();
    await held(ada, 1);
    // The other page is old by now: its form must not take the seat.
    await box(ben, seat).check();
    await ben.getByRole("button", { name: "Hold these and go to checkout" }).click();
    const message = ben.getByRole("alert").filter({ hasText: "Somebody was faster" });
    assert.match(await message.innerText(), /The nearest like it: .+, row .+, seat \d/);
    await ben.goto(ada.url());
    assert.ok(await box(ben, seat).isDisabled());
    await state(ben, seat, "held by somebody");
  }));

test("a seat that was lost in a race offers the nearest like it", () =>
  twoPeople({}, async (ada, ben) => {
    // A line that brings nothing: this page does not learn that the seat is gone.
    await ben.routeWebSocket(/\/live/, () => {});
    await openSeats(ada, EVENT);
    await openFreeSection(ada);
    await mapReady(ada);
    const seat = await freeSeat(ada);
    await ben.goto(ada.url());
    await ben.locator('.stage[data-phase="ready"]').waitFor();
    await ben.locator(".line-state.stale").waitFor();
    await box(ada, seat).check();
    await held(ada, 1);
    // Ticked for as long as the answer takes.
    await box(ben, seat).dispatchEvent("click");
    const message = ben.locator(".panel").getByRole("alert");
    await message.getByText("Somebody was faster").waitFor();
    assert.ok(!(await box(ben, seat).isChecked()));
    await message.getByRole("button", { name: "Take these" }).click();
    await held(ben, 1);
    // The browser itself notes the refusal.
    ben.faults = ben.faults.filter((fault) => !fault.includes("status of 409"));
  }));
