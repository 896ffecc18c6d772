// Home, search, event page: each once with scripts and once without.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE, PHONE, withPage } from "../support/browser.mjs";
import { minor } from "../support/buyer.mjs";

const EVENT = "the-cartographers-daughter";
const cards = (page) => page.locator(".card");
const names = (page) => page.locator(".card-name").allInnerTexts();

for (const scripts of [true, false]) {
  const how = scripts ? "" : ", without JavaScript";

  test(`home lists what is coming up, page by page${how}`, () =>
    withPage({ scripts }, async (page) => {
      await page.goto("/");
      const first = await names(page);
      assert.equal(first.length, 24);
      await page.getByRole("link", { name: "More events" }).click();
      await page.waitForURL(/[?&]cursor=/);
      const second = await names(page);
      assert.ok(second.length > 0);
      const dates = await page.locator(".card-when time").evaluateAll((all) => all.map((time) => time.dateTime));
      assert.deepEqual(dates, [...dates].sort(), "by date");
      await page.goBack();
      assert.deepEqual(await names(page), first);
    }));

  test(`a search forgives a typing error${how}`, () =>
    withPage({ scripts }, async (page) => {
      await page.goto("/");
      await page.getByLabel("Artist, play, team or house").fill("cartografer dauhgter");
      await page.getByRole("button", { name: "Search" }).click();
      await page.waitForURL(/[?&]q=cartografer/);
      assert.match((await names(page))[0], /Cartographer’s Daughter/);
      assert.equal(await page.getByLabel("Artist, play, team or house").inputValue(), "cartografer dauhgter");
    }));

  test(`city, category, dates and price live in the address${how}`, () =>
    withPage({ scripts }, async (page) => {
      await page.goto("/");
      await page.getByLabel("City").selectOption("Berlin");
      await page.getByLabel("Category").selectOption("theatre");
      await page.getByLabel("From").fill("2020-01-01");
      await page.getByLabel("Until").fill("2090-12-31");
      await page.getByLabel("Price, fees included").selectOption("60EUR");
      await page.getByRole("button", { name: "Search" }).click();
      const query = () => new URL(page.url()).searchParams;
      await page.waitForURL(/[?&]city=Berlin/);
      const asked = Object.fromEntries(query());
      const { city, category, from, to, price } = asked;
      assert.deepEqual(
        { city, category, from, to, price },
        { city: "Berlin", category: "theatre", from: "2020-01-01", to: "2090-12-31", price: "60EUR" },
      );
      assert.ok((await cards(page).count()) > 0);
      for (const place of await page.locator(".card-place").allInnerTexts()) assert.match(place, /, Berlin$/);
      assert.equal(await page.getByLabel("City").inputValue(), "Berlin");
      await page.getByRole("link", { name: "Remove Berlin" }).click();
      await page.waitForURL((url) => !url.searchParams.get("city"));
      assert.equal(query().get("category"), "theatre");
    }));

  test(`a search without results says what to do next${how}`, () =>
    withPage({ scripts }, async (page) => {
      await page.goto("/?q=xyzzyqwv&price=30EUR");
      await page.getByText("Nothing matches this search.").waitFor();
      assert.equal(await cards(page).count(), 0);
      await page.getByRole("link", { name: "See all events" }).click();
      await cards(page).first().waitFor();
      assert.equal(new URL(page.url()).pathname, "/");
    }));

  test(`a card leads to the event with all-in prices and the venue's time${how}`, () =>
    withPage({ scripts }, async (page) => {
      await page.goto("/?q=cartographers");
      await cards(page).first().getByRole("link").click();
      await page.waitForURL(/\/events\//);
      await page.goto(`/events/${EVENT}`);
      assert.match(await page.locator(".facts").innerText(), /\w{3} \d+ \w{3}( \d{4})?, 19:30 \(Berlin time\)/);
      const lines = page.locator(".tier");
      assert.ok((await lines.count()) > 3);
      for (const line of await lines.all()) {
        const [, price, fee] = (await line.locator("small").last().innerText()).match(/(\S+) \+ (\S+) fee/);
        assert.equal(minor(await line.locator("b").innerText()), minor(price) + minor(fee));
      }
      assert.equal(await page.getByRole("link", { name: "Choose seats" }).count(), 1);
    }));

  test(`pages to browse load no script and no WASM${how}`, () =>
    withPage({ scripts, size: PHONE }, async (page) => {
      for (const path of ["/", "/?q=jazz", `/events/${EVENT}`, "/help", "/nowhere"]) {
        const answer = await page.goto(path);
        assert.equal(answer.status(), path === "/nowhere" ? 404 : 200, path);
        assert.deepEqual(
          page.requested.filter((url) => /\.(wasm|m?js)(\?|$)/.test(url)),
          [],
          path,
        );
      }
      page.faults = page.faults.filter((fault) => !fault.includes("404"));
    }));
}

test("an event brings a calendar entry, structured data and a picture for sharing", () =>
  withPage({}, async (page) => {
    await page.goto(`/events/${EVENT}`);
    const data = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
    assert.equal(data["@type"], "Event");
    assert.equal(data.location.address.addressLocality, "Berlin");
    assert.ok(data.offers.length > 0 && data.offers.every((offer) => Number(offer.price) > 0));
    const href = await page.getByRole("link", { name: "Add to calendar" }).getAttribute("href");
    const calendar = await page.request.get(href);
    assert.match(calendar.headers()["content-type"], /^text\/calendar/);
    const text = await calendar.text();
    assert.match(text, /^BEGIN:VCALENDAR\r\n/);
    assert.match(text, /\r\nDTSTART[:;]/);
    assert.match(text, /\r\nEND:VCALENDAR\r\n$/);
    for (const line of text.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, `folded: ${line}`);
    assert.doesNotMatch(text.replace(/\r\n /g, ""), /Berlin\\?, ?Berlin/, "the city once");
    const image = await page.locator('meta[property="og:image"]').getAttribute("content");
    const poster = await page.request.get(image);
    assert.equal(poster.status(), 200);
    assert.ok(image.startsWith(BASE));
  }));

test("sold out, cancelled and paused events say so and sell nothing", () =>
  withPage({}, async (page) => {
    for (const [slug, words] of [
      ["subharmonic-all-night", "Sold out"],
      ["tape-and-velvet", "cancelled"],
      ["ada-and-the-engines", "paused"],
    ]) {
      await page.goto(`/events/${slug}`);
      assert.match(await page.locator(".notice").innerText(), new RegExp(words, "i"), slug);
      assert.equal(await page.getByRole("link", { name: "Choose seats" }).count(), 0, slug);
    }
  }));
