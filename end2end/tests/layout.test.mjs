// What must be in view without a scroll, and large enough, on a phone and on a desk.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESKTOP, PHONE, withPage } from "../support/browser.mjs";
import { CARDS, chooseForMe, fillCheckout, openPanel, openSeats, openTickets, paid, payWith } from "../support/buyer.mjs";

const EVENT = "the-cartographers-daughter";
/** Two lines of title on a phone. */
const LONG_TITLE = EVENT;
/** Not on sale: a notice stands above the map. */
const PAUSED = "ada-and-the-engines";

const box = async (page, selector) => {
  const found = await page.locator(selector).first().boundingBox();
  assert.ok(found, `${selector} is shown`);
  return { ...found, bottom: found.y + found.height, right: found.x + found.width };
};

for (const slug of [LONG_TITLE, PAUSED]) {
  test(`the map's buttons lie above the drawer of a phone: ${slug}`, () =>
    withPage({ size: PHONE }, async (page) => {
      await openSeats(page, slug);
      const drawer = await box(page, ".panel");
      for (const control of [".zoom", ".minimap"]) {
        const { bottom } = await box(page, control);
        assert.ok(bottom <= drawer.y, `${control} ends at ${bottom}, the drawer begins at ${drawer.y}`);
      }
      assert.ok((await box(page, ".stage")).height >= 300);
    }));

  test(`map, minimap and zoom end with the window of a desk: ${slug}`, () =>
    withPage({ size: DESKTOP }, async (page) => {
      await openSeats(page, slug);
      for (const part of [".stage", ".zoom", ".minimap", ".panel-total"]) {
        const { bottom } = await box(page, part);
        assert.ok(bottom <= DESKTOP.height, `${part} ends at ${bottom}`);
      }
      const [stage, list] = [await box(page, ".stage"), await box(page, "#list")];
      assert.ok(list.y >= stage.bottom, "the list follows the map");
    }));
}

test("what is held keeps the drawer as low as before", () =>
  withPage({ size: PHONE }, async (page) => {
    await openSeats(page, "the-moth-who-collected-lamps");
    await openPanel(page);
    await chooseForMe(page, 4);
    await page.locator(".panel-handle").click();
    await page.locator('.panel[data-stop="peek"]').waitFor();
    const [zoom, drawer, way] = [await box(page, ".zoom"), await box(page, ".panel"), await box(page, ".panel-actions a")];
    assert.ok(zoom.bottom <= drawer.y && way.bottom <= PHONE.height && way.right <= PHONE.width);
  }));

test("price and way to the seats stay in view on a phone, and stand beside the event on a desk", async () => {
  await withPage({ size: PHONE }, async (page) => {
    await page.goto(`/events/${EVENT}`);
    for (const scroll of [0, 100_000]) {
      await page.evaluate((top) => scrollTo(0, top), scroll);
      const way = await box(page, ".event-bar a");
      assert.ok(way.bottom <= PHONE.height && way.height >= 44);
    }
    assert.match(await page.locator(".event-bar").innerText(), /from\s*€\d+/);
    const [footer, bar] = [await box(page, ".site-footer"), await box(page, ".event-bar")];
    assert.ok(footer.bottom <= bar.y + 1, `the footer ends at ${footer.bottom}, the bar begins at ${bar.y}`);
    // Prices come before the long texts.
    assert.ok((await box(page, ".price-box")).y < (await box(page, "#about")).y);
    await page.getByRole("link", { name: "Choose seats" }).click();
    await page.waitForURL(/\/seats$/);
  });
  await withPage({ size: DESKTOP }, async (page) => {
    await page.goto(`/events/${EVENT}`);
    assert.ok(!(await page.locator(".event-bar").isVisible()));
    assert.ok((await box(page, ".price-box a")).bottom <= DESKTOP.height);
    await page.evaluate(() => scrollTo(0, 600));
    assert.ok((await box(page, ".price-box")).y >= 0, "it stays beside the text");
  });
});

test("a ticket's code is large on a phone, and on paper a ticket is one sheet", () =>
  withPage({ size: PHONE }, async (page) => {
    await openSeats(page, "the-moth-who-collected-lamps");
    await openPanel(page);
    await chooseForMe(page, 2);
    await page.getByRole("link", { name: "Continue" }).click();
    await fillCheckout(page);
    await payWith(page, CARDS.good);
    await paid(page);
    await openTickets(page, 2);
    const modules = async () => Number((await page.locator(".qr").first().getAttribute("viewBox")).split(" ")[2]);
    const code = await box(page, ".qr");
    assert.ok(code.width / (await modules()) >= 4, `${code.width} pixels for ${await modules()} modules`);
    assert.ok(Number.parseFloat(await page.locator(".ticket-seat strong").first().evaluate((s) => getComputedStyle(s).fontSize)) >= 56);
    // A4 at 96 dots an inch, less its margins.
    await page.setViewportSize({ width: 673, height: 1002 });
    await page.emulateMedia({ media: "print" });
    const [sheet, printed] = [await box(page, "article.ticket"), await box(page, ".qr")];
    assert.ok(sheet.height <= 1002 && sheet.right <= 673, "it fits");
    assert.ok(printed.width >= 300, "80 millimetres");
    assert.equal(await page.locator(".site-header").isVisible(), false);
  }));

test("the seat page asks for its program once, and without scripts not at all", async () => {
  const program = (page) => page.requested.filter((url) => url.includes("/pkg/") && !url.endsWith(".css"));
  await withPage({}, async (page) => {
    await openSeats(page, EVENT);
    assert.deepEqual(program(page).map((url) => url.split(".").pop()).sort(), ["js", "wasm"]);
  });
  await withPage({ scripts: false }, async (page) => {
    await page.goto(`/events/${EVENT}/seats`);
    await page.locator("#list").waitFor();
    assert.deepEqual(program(page), []);
  });
});
