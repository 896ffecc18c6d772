// A hold is the browser's, not the page's: refresh, back, another tab, another try at the bank.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, newPage, withPage } from "../support/browser.mjs";
import {
  CARDS,
  chooseForMe,
  fillCheckout,
  freeSeat,
  held,
  mapReady,
  openFreeSection,
  openPanel,
  openSeats,
  paid,
  payWith,
  secondsLeft,
} from "../support/buyer.mjs";

const EVENT = "captain-button-and-the-sock-sea";

const seats = (page) => page.locator(".cart .line-what > span:last-child").allInnerTexts();

/** Holds so many seats and goes on to the payment page. */
async function toPayment(page, scripts, quantity = 2) {
  await openSeats(page, EVENT, { scripts });
  if (scripts) await openPanel(page);
  await chooseForMe(page, quantity);
  await page.getByRole("link", { name: "Continue" }).click();
  await fillCheckout(page);
  await page.getByLabel("Card number").waitFor();
}

for (const scripts of [true, false]) {
  const how = scripts ? "" : ", without JavaScript";

  test(`refresh, back and a second tab show the same seats${how}`, () =>
    withPage({ scripts }, async (page, context) => {
      await openSeats(page, EVENT, { scripts });
      await chooseForMe(page, 2);
      const chosen = await seats(page);
      await page.reload();
      await held(page, 2);
      assert.deepEqual(await seats(page), chosen);
      await page.getByRole("link", { name: "Continue" }).click();
      await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
      await page.goBack();
      await held(page, 2);
      assert.deepEqual(await seats(page), chosen);
      const second = await newPage(context);
      await second.goto(page.url());
      await held(second, 2);
      assert.deepEqual(await seats(second), chosen);
      await second.getByRole("button", { name: "Clear" }).click();
      await second.getByText("No seat yet").waitFor();
      await page.reload();
      await page.getByText("No seat yet").waitFor();
    }));

  test(`a declined card keeps the seats and lets another be tried${how}`, () =>
    withPage({ scripts, size: PHONE }, async (page) => {
      await toPayment(page, scripts);
      await payWith(page, CARDS.declined);
      await page.getByRole("alert").getByText("your seats are still held").waitFor();
      // Some go back to the shop first; it keeps the seats and leads to the bank again.
      await page.getByRole("link", { name: "Go back without paying" }).click();
      await page.getByRole("heading", { level: 1, name: "The payment did not go through" }).waitFor();
      const told = page.getByRole("alert").filter({ hasText: "Your bank declined the payment" });
      assert.match(await told.innerText(), /No money was taken\. Your seats are still held for you until \w/);
      await page.getByRole("button", { name: "Do not pay, give the seats back" }).waitFor();
      await page.getByRole("link", { name: "Try another card" }).click();
      await payWith(page, CARDS.good);
      await paid(page);
      page.faults = page.faults.filter((fault) => !fault.includes("402"));
    }));

  test(`the bank's question is answered badly, then well${how}`, () =>
    withPage({ scripts }, async (page) => {
      await toPayment(page, scripts, 1);
      await payWith(page, CARDS.challenged);
      await page.getByRole("button", { name: "Fail authentication" }).click();
      await page.getByRole("alert").waitFor();
      await payWith(page, CARDS.challenged);
      await page.getByRole("button", { name: "Complete authentication" }).click();
      await paid(page);
    }));

  test(`who does not pay gives the seats back${how}`, () =>
    withPage({ scripts }, async (page) => {
      await toPayment(page, scripts);
      await page.getByRole("link", { name: "Go back without paying" }).click();
      await page.getByRole("heading", { level: 1, name: "Not paid yet" }).waitFor();
      await page.getByRole("button", { name: "Do not pay, give the seats back" }).click();
      await page.getByRole("heading", { level: 1, name: "This order has ended" }).waitFor();
      await page.getByText("The seats are free again").waitFor();
      await page.getByRole("link", { name: "Choose seats again" }).click();
      await page.getByText("No seat yet").waitFor();
    }));

  test(`a checkout that came too late offers the same seats${how}`, () =>
    withPage({ scripts }, async (page) => {
      await openSeats(page, EVENT, { scripts });
      await openFreeSection(page);
      const seat = await freeSeat(page);
      await page.goto(`/events/${EVENT}/checkout?was=${seat}`);
      await page.getByRole("heading", { level: 1, name: "Your time for these seats is over" }).waitFor();
      await page.getByRole("button", { name: "Take the same seats again" }).click();
      await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
      assert.equal(await page.locator(".lines .line").count(), 1);
      await page.goto(`/events/${EVENT}/checkout?was=1,x,-3,99999999999`);
      await page.getByRole("heading", { level: 1, name: "Checkout" }).waitFor();
    }));
}

test("the last seconds offer more time, and the end keeps the selection", () =>
  withPage({}, async (page) => {
    await page.clock.install();
    await openSeats(page, EVENT);
    await chooseForMe(page, 2);
    const chosen = await seats(page);
    const left = await secondsLeft(page.locator(".timer"));
    await page.clock.fastForward((left - 40) * 1_000);
    await page.getByText("Do you need longer?").waitFor();
    await page.getByRole("button", { name: "Renew my time" }).click();
    await page.getByText("Do you need longer?").waitFor({ state: "detached" });
    assert.ok((await secondsLeft(page.locator(".timer"))) > 60);
    await page.clock.fastForward(3_600_000);
    const message = page.getByRole("alert").filter({ hasText: "Your time for these seats is over" });
    await message.waitFor();
    assert.match(await message.innerText(), /no money was taken/);
    await message.getByRole("button", { name: "Take the same seats again" }).click();
    await held(page, 2);
    assert.deepEqual(await seats(page), chosen);
  }));

test("each line can be given back by itself, and the price follows the tier", () =>
  withPage({}, async (page) => {
    await openSeats(page, EVENT);
    await chooseForMe(page, 3);
    const before = await page.locator(".panel-sum b").innerText();
    await page.locator(".tier-choice").first().selectOption({ index: 1 });
    await page.waitForFunction((before) => document.querySelector(".panel-sum b")?.textContent !== before, before);
    await page.locator(".cart .remove").last().click();
    await held(page, 2);
    await page.reload();
    await mapReady(page);
    await held(page, 2);
    assert.equal(await page.locator(".tier-choice").first().evaluate((select) => select.selectedIndex), 1);
  }));
