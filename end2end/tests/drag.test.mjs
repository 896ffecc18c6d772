// What a drag moves and mends at its edges is, pixel by pixel, what a map drawn anew shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESKTOP, withPage } from "../support/browser.mjs";
import { openSeats } from "../support/buyer.mjs";

/** Pixels of two pictures that differ by more than the eye sees, and all of them. */
function differing(page, pictures) {
  return page.evaluate(async (encoded) => {
    const pixels = async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    };
    const [one, other] = await Promise.all(encoded.map(pixels));
    let count = 0;
    for (let at = 0; at < one.length; at += 4) {
      const far = Math.max(...[0, 1, 2].map((part) => Math.abs(one[at + part] - other[at + part])));
      if (far > 24) count += 1;
    }
    return { count, all: one.length / 4 };
  }, pictures);
}

async function largestEvent() {
  const base = process.env.BASE_URL ?? "http://127.0.0.1:3000";
  const { items } = await (await fetch(`${base}/api/v1/events?limit=100`)).json();
  const open = items.filter((event) => event.status === "on_sale" && event.available > 0);
  return open.sort((a, b) => b.capacity - a.capacity)[0].slug;
}

for (const way of [
  { name: "down", x: 0, y: 6 },
  { name: "up and to the left", x: -7, y: -5 },
]) {
  test(`a map that was dragged ${way.name} is the map drawn anew`, () =>
    withPage({ size: DESKTOP }, async (page) => {
      await openSeats(page, await largestEvent());
      const map = page.locator("#map");
      const box = await map.boundingBox();
      const middle = { x: Math.round(box.x + box.width * 0.3), y: Math.round(box.y + box.height / 2) };
      await page.mouse.move(middle.x, middle.y);
      await page.keyboard.down("Control");
      for (let turn = 0; turn < 9; turn += 1) await page.mouse.wheel(0, -60);
      await page.keyboard.up("Control");
      await page.waitForTimeout(400);
      // The pointer's own marks are no part of the map.
      const shot = async () => {
        await page.mouse.move(box.x + box.width + 60, box.y + 20);
        await page.waitForTimeout(250);
        return (await map.screenshot({ mask: [page.locator(".minimap"), page.locator("#map-tooltip")] })).toString("base64");
      };
      const before = await shot();
      await page.mouse.move(middle.x, middle.y);
      await page.mouse.down();
      // Beyond the margin several times over.
      for (let step = 1; step <= 60; step += 1) await page.mouse.move(middle.x + way.x * step, middle.y + way.y * step);
      await page.mouse.up();
      const dragged = await shot();
      // Losing the focus draws everything anew under the same view.
      await map.dispatchEvent("blur");
      const anew = await shot();
      const moved = await differing(page, [before, dragged]);
      assert.ok(moved.count > moved.all / 50, `the map moved: ${moved.count} of ${moved.all}`);
      const seams = await differing(page, [dragged, anew]);
      assert.ok(seams.count < seams.all / 5_000, `${seams.count} of ${seams.all} pixels differ`);
    }));
}
