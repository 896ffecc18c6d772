// The desk of the staff, with JavaScript off as well as on: sign in, find an order, help its buyer; axe finds nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertAccessible } from "../support/accessibility.mjs";
import { DESKTOP, PHONE, newPage, person, until, withPage } from "../support/browser.mjs";
import { chooseForMe, fillCheckout, openSeats } from "../support/buyer.mjs";

const THEATRE = "the-clockmaker-of-rue-saint-lune";

/** The demo's account, as the start of the server printed it. */
function account() {
  const log = join(fileURLToPath(new URL("..", import.meta.url)), "out", "server.log");
  const line = readFileSync(log, "utf8").match(/demo account (\S+), password (\S+)/);
  assert.ok(line, "the server printed no account");
  return { email: line[1], password: line[2] };
}

async function signIn(page, path = "/staff") {
  const { email, password } = account();
  await page.goto(path);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** A buyer of their own, at the payment page: their seats are reserved. */
async function somebodyWaits(email) {
  const context = await person({ scripts: false });
  const page = await newPage(context);
  await openSeats(page, THEATRE, { scripts: false });
  await chooseForMe(page, 2);
  await page.getByRole("link", { name: "Continue" }).click();
  await fillCheckout(page, { name: "Waiting Buyer", email });
  await page.getByLabel("Card number").waitFor();
  await context.close();
}

/** axe in both themes, and nothing wider than the screen. */
async function inspect(page, what) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await assertAccessible(page, `${what}, ${colorScheme}`);
  }
  // Against the screen: a phone's window grows with what is in it.
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  const wide = width - page.viewportSize().width;
  assert.ok(wide <= 0, `${what} is ${wide} px wider than the screen`);
}

test("strangers are asked who they are, and a wrong password opens nothing", async () => {
  const context = await person({ scripts: false });
  const page = await newPage(context);
  await page.goto("/staff/trouble");
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  await page.getByLabel("E-mail").fill(account().email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("Not signed in").waitFor();
  assert.deepEqual(await context.cookies(), []);
  await signIn(page, "/staff/trouble");
  await page.getByRole("heading", { level: 1, name: "Trouble" }).waitFor();
  await context.close();
});

for (const [size, scripts] of [
  [DESKTOP, true],
  [PHONE, true],
  [PHONE, false],
]) {
  test(`support finds an order and gives its seats back, ${size.width} px${scripts ? "" : ", without JavaScript"}`, () =>
    withPage({ size, scripts }, async (page) => {
      const email = `waits-${size.width}${scripts ? "" : "-plain"}@example.org`;
      await somebodyWaits(email);
      if (scripts) {
        await page.goto("/staff");
        await inspect(page, "sign in");
      }
      await signIn(page);
      if (scripts) await inspect(page, "empty search");
      await page.getByLabel("Number, e-mail, payment, or seat").fill(email);
      await page.getByRole("button", { name: "Find" }).click();
      const row = page.getByRole("row").filter({ hasText: email });
      await row.waitFor();
      if (scripts) await inspect(page, "orders found");
      await row.getByRole("link").click();
      await page.getByRole("heading", { level: 1, name: /^Order / }).waitFor();
      if (scripts) await inspect(page, "an order");
      await page.getByLabel("Reason to give the seats back").fill("called, cannot come");
      await page.getByRole("button", { name: "Give the seats back" }).click();
      await page.getByRole("status").waitFor();
      await until("the order is cancelled", async () => {
        await page.reload();
        return (await page.locator(".staff-facts").innerText()).includes("cancelled");
      });
      await page.locator(".staff-timeline").getByText("called, cannot come").first().waitFor();
      assert.equal(await page.getByRole("button", { name: "Give the seats back" }).count(), 0);
      await page.getByRole("link", { name: "Trouble" }).click();
      await page.getByRole("heading", { level: 1, name: "Trouble" }).waitFor();
      if (scripts) await inspect(page, "trouble");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    }));
}
