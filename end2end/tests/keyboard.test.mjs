// A purchase without a pointer: only keys that a person has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until, withPage } from "../support/browser.mjs";
import { BUYER, CARDS, freeNeighbours, held, mapReady, paid } from "../support/buyer.mjs";

const EVENT = "the-committee-will-see-you-now";

/** Tab until the focus is where `selector` says; a person would do the same. */
async function tabTo(page, selector, limit = 120) {
  for (let press = 0; press < limit; press += 1) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the Tab key never came to ${selector}`);
}

const said = (page) => page.locator('.picker [role="status"][aria-live]').innerText();

async function payByKeys(page) {
  await tabTo(page, "#name");
  await page.keyboard.type(BUYER.name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(BUYER.email);
  await page.keyboard.press("Enter");
  await page.getByLabel("Card number").waitFor();
  await tabTo(page, "#number");
  for (const text of [CARDS.good, "12 / 34", "123", BUYER.name]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await paid(page);
}

test("a seat is found on the map with the arrow keys, held with Enter and bought", () =>
  withPage({}, async (page) => {
    await page.goto(`/events/${EVENT}/seats`);
    await mapReady(page);
    await tabTo(page, "#map");
    await page.keyboard.press("ArrowRight");
    await until("the first seat is read aloud", async () => /seat \S+, .*available/.test(await said(page)));
    const first = await said(page);
    await page.keyboard.press("ArrowRight");
    await until("the next seat is read aloud", async () => (await said(page)) !== first);
    const next = await said(page);
    assert.match(next, /row \S+, seat \S+, [£€]\d/);
    await page.keyboard.press("Home");
    await until("the row's start is read aloud", async () => (await said(page)) !== next);
    await page.keyboard.press("Enter");
    await held(page, 1);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await held(page, 2);
    await page.keyboard.press("Enter");
    await held(page, 1);
    await page.keyboard.press(" ");
    await held(page, 2);
    await tabTo(page, ".panel-actions a");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
    await payByKeys(page);
  }));

for (const scripts of [true, false]) {
  test(`seats are ticked in the list with the keyboard and bought${scripts ? "" : ", without JavaScript"}`, () =>
    withPage({ scripts }, async (page) => {
      await page.goto(`/events/${EVENT}/seats`);
      if (scripts) await mapReady(page);
      await tabTo(page, ".section-link");
      await page.keyboard.press("Enter");
      await page.waitForURL(/section=/);
      await page.locator("#list-form input[data-seat]").first().waitFor({ state: "attached" });
      if (scripts) await mapReady(page);
      for (const [at, seat] of (await freeNeighbours(page, 2)).entries()) {
        await tabTo(page, `#list-form input[data-seat="${seat}"]`);
        await page.keyboard.press(" ");
        if (scripts) await held(page, at + 1);
      }
      await tabTo(page, ".outline-submit button", 400);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
      assert.equal(await page.locator(".lines .line").count(), 2);
      await payByKeys(page);
    }));
}

test("the first Tab offers to skip to the content", () =>
  withPage({}, async (page) => {
    await page.goto("/");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#main");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  }));
