// The seat page's map against an SVG of the same seats, in one headless Chromium: node bench/map.mjs BASE SLUG ROUNDS.
//
// Prints JSON for `bench`. Frames are not held back to a screen's rate, so a frame takes what it costs. Each step
// waits until the frame before it was handed on, and the last until everything is drawn.
import { accessSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "../end2end/node_modules/playwright-core/index.mjs";

const [base, slug, rounds] = process.argv.slice(2);
const PANS = 24;
const STEP_PX = 6;
const VIEWPORT = { width: 1440, height: 900 };
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--enable-unsafe-swiftshader",
  "--disable-frame-rate-limit",
  "--disable-gpu-vsync",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function browserPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      try {
        accessSync(join(folder, name));
        return join(folder, name);
      } catch {
        // Not there: look further.
      }
    }
  }
  throw new Error("no Chromium on the PATH");
}

// Runs in both pages: frames, and for the map what it draws.
function spy() {
  const seen = { geometry: 0, drawn: 0, seats: 0, gl: null, painter: "flat" };
  window.bench = seen;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  // Three frames that each have something to commit: the first is on the screen when the third begins.
  seen.settle = async () => {
    for (let n = 0; n < 3; n += 1) {
      document.documentElement.style.setProperty("--bench", String(performance.now()));
      await frame();
    }
    if (seen.gl) seen.gl.readPixels(0, 0, 1, 1, 6408, 5121, new Uint8Array(4));
  };
  seen.pan = async (step, count) => {
    const begin = performance.now();
    for (let n = 0; n < count; n += 1) {
      step(n);
      await frame();
    }
    await seen.settle();
    return (performance.now() - begin) / count;
  };
  const bytes = Response.prototype.arrayBuffer;
  Response.prototype.arrayBuffer = async function () {
    const buffer = await bytes.call(this);
    if (this.url.includes("/plans/")) seen.geometry = performance.now();
    return buffer;
  };
  const clear = WebGL2RenderingContext.prototype.clear;
  WebGL2RenderingContext.prototype.clear = function (mask) {
    seen.gl = this;
    seen.painter = "WebGL2";
    seen.drawn += 1;
    seen.seats = 0;
    return clear.call(this, mask);
  };
  const draw = WebGL2RenderingContext.prototype.drawArrays;
  WebGL2RenderingContext.prototype.drawArrays = function (mode, first, count) {
    seen.seats += count;
    return draw.call(this, mode, first, count);
  };
}

async function mainThread(session, work) {
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    // Processor time of the thread: what it waits for others does not count.
    return metrics.find((m) => m.name === "ThreadTime").value * 1000;
  };
  const before = await busy();
  const result = await work();
  return { result, main: (await busy()) - before };
}

async function fresh(browser) {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.addInitScript(spy);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return { page, session };
}

async function measureMap(browser) {
  const { page, session } = await fresh(browser);
  await page.goto(`${base}/events/${slug}/seats`, { waitUntil: "commit" });
  await page.waitForFunction(() => window.bench?.geometry > 0 && window.bench.drawn > 0, null, { timeout: 60_000, polling: 5 });
  const first = await page.evaluate(async () => {
    await window.bench.settle();
    const now = performance.now();
    return { draw: now - window.bench.geometry, interactive: now, painter: window.bench.painter };
  });
  await page.waitForTimeout(500);
  // Nearer, until seats are drawn one by one; then as many of them as one screen shows.
  const share = await page.evaluate(async () => {
    const map = document.querySelector("#map");
    const box = map.getBoundingClientRect();
    const middle = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
    const shapes = { bubbles: true, cancelable: true, ctrlKey: true, deltaY: -60, ...middle };
    for (let n = 0; n < 30 && window.bench.seats < 1000; n += 1) {
      map.dispatchEvent(new WheelEvent("wheel", shapes));
      await window.bench.settle();
      await new Promise((done) => setTimeout(done, 50));
    }
    return Math.min(1, window.bench.seats / 70_000);
  });
  const { result: frame, main } = await mainThread(session, () =>
    page.evaluate(
      async ([count, step]) => {
        const map = document.querySelector("#map");
        const box = map.getBoundingClientRect();
        const at = (n) => ({
          bubbles: true,
          pointerId: 7,
          pointerType: "mouse",
          isPrimary: true,
          button: 0,
          buttons: 1,
          clientX: box.x + box.width / 2 - n * step,
          clientY: box.y + box.height / 2,
        });
        map.dispatchEvent(new PointerEvent("pointerdown", at(0)));
        const ms = await window.bench.pan((n) => map.dispatchEvent(new PointerEvent("pointermove", at(n + 1))), count);
        map.dispatchEvent(new PointerEvent("pointercancel", at(count)));
        return ms;
      },
      [PANS, STEP_PX],
    ),
  );
  await page.close();
  return {
    picture: { first_draw_ms: first.draw, pan_frame_ms: frame, pan_main_ms: main / PANS },
    interactive: first.interactive,
    painter: first.painter,
    share,
  };
}

function svgOf(seatmap) {
  const xs = seatmap.seats.map((s) => s.x);
  const ys = seatmap.seats.map((s) => s.y);
  const least = (list) => list.reduce((a, b) => Math.min(a, b));
  const most = (list) => list.reduce((a, b) => Math.max(a, b));
  const box = [least(xs), least(ys), most(xs) - least(xs), most(ys) - least(ys)];
  const colors = ["#2b66b1", "#b86a0b", "#12806a", "#7d4aa8", "#1d8fb5"];
  const zones = [...new Set(seatmap.seats.map((s) => s.zone_id))];
  const color = (seat) => (seat.status === "available" ? colors[zones.indexOf(seat.zone_id) % colors.length] : "#cccccc");
  const seats = seatmap.seats.map((s) => `<circle cx="${s.x.toFixed(2)}" cy="${s.y.toFixed(2)}" r="0.2" fill="${color(s)}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" viewBox="${box.join(" ")}"><g id="seats">${seats.join("")}</g></svg>`;
}

async function measureSvg(browser, svg, share) {
  const { page, session } = await fresh(browser);
  await page.goto("about:blank");
  await page.setContent('<body style="margin:0;height:100vh"><div id="place" style="width:100%;height:100%"></div></body>');
  await page.evaluate(spy);
  await page.evaluate((text) => (window.svgText = text), svg);
  const draw = await page.evaluate(async () => {
    await window.bench.settle();
    const begin = performance.now();
    document.querySelector("#place").innerHTML = window.svgText;
    await window.bench.settle();
    return performance.now() - begin;
  });
  const { result: frame, main } = await mainThread(session, () =>
    page.evaluate(
      async ([count, step, scale]) => {
        const [left, top, width, height] = document.querySelector("svg").getAttribute("viewBox").split(" ").map(Number);
        const group = document.querySelector("#seats");
        const [x, y] = [left + width / 2, top + height / 2];
        const unit = width / window.innerWidth;
        const place = (n) =>
          group.setAttribute("transform", `translate(${x - n * step * unit} ${y}) scale(${scale}) translate(${-x} ${-y})`);
        place(0);
        await window.bench.settle();
        return window.bench.pan(place, count);
      },
      [PANS, STEP_PX, Math.sqrt(1 / share)],
    ),
  );
  await page.close();
  return { first_draw_ms: draw, pan_frame_ms: frame, pan_main_ms: main / PANS };
}

const browser = await chromium.launch({ executablePath: browserPath(), args: FLAGS });
try {
  const seatmap = await (await fetch(`${base}/api/v1/events/${slug}/seatmap`)).json();
  const svg = svgOf(seatmap);
  const seen = { rounds: [], interactive_ms: Infinity, painter: "" };
  await measureMap(browser);
  for (let n = 0; n < Number(rounds); n += 1) {
    const { picture, interactive, painter, share } = await measureMap(browser);
    seen.rounds.push({ map: picture, svg: await measureSvg(browser, svg, share) });
    seen.interactive_ms = Math.min(seen.interactive_ms, interactive);
    seen.painter = `${painter}, ${Math.round(share * 70_000)} seats in view while panning`;
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
