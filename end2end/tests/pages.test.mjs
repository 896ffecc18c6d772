// Every page, on a desk and on a phone, light and dark: axe finds nothing, the console is silent, nothing is wider
// than the screen; and a picture of each is left in out/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertAccessible } from "../support/accessibility.mjs";
import { BASE, DESKTOP, PHONE, withPage } from "../support/browser.mjs";
import {
  CARDS,
  chooseForMe,
  fillCheckout,
  freeSeats,
  mapReady,
  openFreeSection,
  openPanel,
  openSeats,
  openTickets,
  paid,
  payWith,
} from "../support/buyer.mjs";

const THEATRE = "the-clockmaker-of-rue-saint-lune";
const OUT = join(fileURLToPath(new URL("..", import.meta.url)), "out");
mkdirSync(OUT, { recursive: true });

/** The theme is on in every element: colours change a frame later, even where motion is off. */
async function wear(page, theme) {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
}

/** Looks at the page in both themes. They differ in colours alone, so the dark one is asked about colours alone. */
async function inspect(page, name, { whole = true } = {}) {
  const width = page.viewportSize().width;
  const picture = (theme) =>
    page.screenshot({ path: join(OUT, `${name}-${width}-${theme}.png`), fullPage: whole });
  await wear(page, "light");
  await assertAccessible(page, `${name}, ${width} px, light`);
  await picture("light");
  await wear(page, "dark");
  await assertAccessible(page, `${name}, ${width} px, dark`, ["color-contrast", "link-in-text-block"]);
  if (name.startsWith("seats")) await picture("dark");
  await wear(page, "light");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width} px`);
}

for (const size of [DESKTOP, PHONE]) {
  const at = `${size.width} px`;

  test(`pages to browse at ${at}`, () =>
    withPage({ size }, async (page) => {
      for (const [name, path] of [
        ["home", "/"],
        ["search", "/?category=concert&city=Rotterdam&price=150"],
        ["search-empty", "/?q=xyzzyqwv&price=30"],
        ["help", "/help"],
        ["find", "/tickets/find"],
        ["find-sent", "/tickets/find?sent=1"],
        ["event", `/events/${THEATRE}`],
        ["event-sold-out", "/events/subharmonic-all-night"],
        ["event-cancelled", "/events/tape-and-velvet"],
        ["not-found", "/nowhere"],
        ["api-docs", "/api/docs"],
      ]) {
        await page.goto(path);
        await inspect(page, name);
      }
      page.faults = page.faults.filter((fault) => !fault.includes("status of 404"));
    }));

  test(`the way to the tickets at ${at}`, () =>
    withPage({ size }, async (page) => {
      await openSeats(page, THEATRE);
      await inspect(page, "seats", { whole: false });
      await openPanel(page);
      await chooseForMe(page, 2);
      await inspect(page, "seats-chosen", { whole: false });
      await openFreeSection(page);
      await mapReady(page);
      await freeSeats(page).first().waitFor();
      await inspect(page, "seats-list");
      await page.goto(`/events/${THEATRE}/checkout`);
      await inspect(page, "checkout");
      await fillCheckout(page, { name: "Ada Example", email: "ada@nowhere" });
      await page.locator("#email-error").waitFor();
      await inspect(page, "checkout-error");
      await fillCheckout(page);
      await page.getByLabel("Card number").waitFor();
      await inspect(page, "payment");
      await payWith(page, CARDS.declined);
      await page.getByRole("alert").waitFor();
      await inspect(page, "payment-declined");
      await page.getByRole("link", { name: "Go back without paying" }).click();
      await page.getByRole("heading", { level: 1, name: "The payment did not go through" }).waitFor();
      await inspect(page, "order-declined");
      await page.getByRole("link", { name: "Try another card" }).click();
      page.faults = page.faults.filter((fault) => !fault.includes("402"));
      await payWith(page, CARDS.good);
      await paid(page);
      await inspect(page, "order-paid");
      await openTickets(page, 2);
      await inspect(page, "tickets");
    }));

  test(`an order that waits and one that ended at ${at}`, () =>
    withPage({ size }, async (page) => {
      // The waiting page reloads itself; it is looked at without that.
      await page.route("**/orders/**", async (route) => {
        const answer = await route.fetch({ maxRedirects: 0 });
        const { refresh: _, ...headers } = answer.headers();
        await route.fulfill({ response: answer, headers });
      });
      await openSeats(page, THEATRE);
      await openPanel(page);
      await chooseForMe(page, 1);
      await page.getByRole("link", { name: "Continue" }).click();
      await fillCheckout(page);
      await page.getByRole("link", { name: "Go back without paying" }).click();
      await page.getByRole("heading", { level: 1, name: "Not paid yet" }).waitFor();
      await inspect(page, "order-unpaid");
      await page.goto(page.url().replace("&back=1", ""));
      await page.getByRole("heading", { level: 1, name: "Waiting for your payment" }).waitFor();
      await inspect(page, "order-waiting");
      await page.getByRole("button", { name: "Do not pay, give the seats back" }).click();
      await page.getByRole("heading", { level: 1, name: "This order has ended" }).waitFor();
      await inspect(page, "order-ended");
    }));

  test(`maps of an arena, a stadium, a club and a hall at ${at}`, () =>
    withPage({ size }, async (page) => {
      for (const [name, slug] of [
        ["arena", "paper-lions"],
        ["stadium", "farol-united-vs-serra-athletic"],
        ["club", "low-tide-jazz"],
        ["hall", "type-and-tide"],
        ["not-on-sale", "winter-is-a-slow-train"],
        ["sold-out", "subharmonic-all-night"],
      ]) {
        await openSeats(page, slug);
        await inspect(page, `seats-${name}`, { whole: false });
      }
    }));
}

test("every answer brings its security headers", async () => {
  for (const path of ["/", "/help", `/events/${THEATRE}`, `/events/${THEATRE}/seats`, "/nowhere", "/api/docs", "/api/v1/events", `/posters/${THEATRE}.svg`]) {
    const { headers } = await fetch(BASE + path);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src '(self|none)'/, path);
    assert.doesNotMatch(policy.match(/script-src[^;]*/)?.[0] ?? "", /unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.match(headers.get("referrer-policy") ?? "", /origin/, path);
    assert.ok(headers.get("permissions-policy"), path);
  }
});

test("the pages of one person are kept by no cache", async () => {
  for (const path of [`/events/${THEATRE}/seats`, `/events/${THEATRE}/checkout`]) {
    const { headers } = await fetch(BASE + path);
    assert.match(headers.get("cache-control") ?? "", /no-store/, path);
  }
});
