// The whole purchase, on a desk and on a phone, with scripts and without.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESKTOP, PHONE, withPage } from "../support/browser.mjs";
import {
  BUYER,
  CARDS,
  box,
  chooseForMe,
  coloursOfMap,
  countsDown,
  fillCheckout,
  freeNeighbours,
  held,
  minor,
  openFreeSection,
  openPanel,
  openSeats,
  openTickets,
  paid,
  payWith,
} from "../support/buyer.mjs";

const EVENT = "the-moth-who-collected-lamps";

/** A wrong address comes back with what was typed; then the right one. */
async function fillWithMistake(page, total) {
  await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
  assert.equal(minor(await page.locator(".totals .total dd").innerText()), total);
  // Beyond what the browser checks by itself.
  await page.getByLabel("Telephone").fill("+49 30 123456");
  await page.getByLabel("Mail me before my seats are let go").check();
  await fillCheckout(page, { name: BUYER.name, email: "ada@nowhere" });
  const email = page.getByLabel("E-mail");
  await page.locator("#email[aria-invalid=true]").waitFor();
  assert.equal(await email.inputValue(), "ada@nowhere");
  assert.equal(await page.getByLabel("Name").inputValue(), BUYER.name);
  assert.equal(await page.getByLabel("Telephone").inputValue(), "+49 30 123456");
  assert.ok(await page.getByLabel("Mail me before my seats are let go").isChecked());
  assert.match(await page.locator("#email-error").innerText(), /e-mail/i);
  await fillCheckout(page);
}

/** From the payment page to the tickets, with a refresh in between. */
async function payAndShow(page, total, quantity) {
  await page.getByRole("button", { name: /^Pay / }).waitFor();
  assert.equal(minor(await page.getByRole("button", { name: /^Pay / }).innerText()), total);
  await payWith(page, CARDS.good);
  await paid(page);
  await page.reload();
  await paid(page);
  assert.equal(minor(await page.locator(".totals .total dd").innerText()), total);
  await openTickets(page, quantity);
  assert.match(await page.locator("article.ticket").first().innerText(), /Ada Example/);
}

for (const [name, size] of [["a desk", DESKTOP], ["a phone", PHONE]]) {
  test(`two seats are chosen, paid for and printed on ${name}`, () =>
    withPage({ size }, async (page) => {
      await openSeats(page, EVENT);
      assert.ok((await coloursOfMap(page)) > 50, "the map is drawn");
      await openPanel(page);
      await chooseForMe(page, 2);
      await countsDown(page.locator(".timer"));
      const lines = await page.locator(".cart .line > b").allInnerTexts();
      const total = minor(await page.locator(".panel-sum b").innerText());
      assert.equal(lines.map(minor).reduce((sum, price) => sum + price), total, "nothing is added to the lines");
      await page.getByRole("link", { name: "Continue" }).click();
      await countsDown(page.locator("#left"));
      await fillWithMistake(page, total);
      await payAndShow(page, total, 2);
    }));

  test(`two seats are ticked, paid for and printed on ${name}, without JavaScript`, () =>
    withPage({ size, scripts: false }, async (page) => {
      await openSeats(page, EVENT, { scripts: false });
      await openFreeSection(page);
      for (const seat of await freeNeighbours(page, 2)) await box(page, seat).check();
      await page.getByRole("button", { name: "Hold these and go to checkout" }).click();
      await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
      assert.equal(await page.locator(".lines .line").count(), 2);
      const total = minor(await page.locator(".totals .total dd").innerText());
      const lines = await page.locator(".lines .line > b").allInnerTexts();
      assert.equal(lines.map(minor).reduce((sum, price) => sum + price), total);
      await fillWithMistake(page, total);
      await payAndShow(page, total, 2);
    }));
}

test("the best seats are chosen without JavaScript, too", () =>
  withPage({ scripts: false }, async (page) => {
    await openSeats(page, EVENT, { scripts: false });
    await chooseForMe(page, 3);
    await page.getByRole("link", { name: "Continue" }).click();
    assert.equal(await page.locator(".lines .line").count(), 3);
    await page.getByRole("link", { name: "Change seats" }).click();
    await held(page, 3);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("No seat yet").waitFor();
  }));

test("the list asks for a choice before it goes on, without JavaScript", () =>
  withPage({ scripts: false }, async (page) => {
    await openSeats(page, EVENT, { scripts: false });
    await openFreeSection(page);
    await page.getByRole("button", { name: "Hold these and go to checkout" }).click();
    await page.getByRole("alert").getByText("No seat is chosen yet").waitFor();
  }));

test("places of an area are bought without JavaScript", () =>
  withPage({ scripts: false, size: PHONE }, async (page) => {
    await openSeats(page, "low-tide-jazz", { scripts: false });
    await page.locator("input[data-area]").first().fill("2");
    await page.getByRole("button", { name: "Hold these and go to checkout" }).click();
    await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
    const total = minor(await page.locator(".totals .total dd").innerText());
    await fillCheckout(page);
    await payAndShow(page, total, 2);
  }));
