// The seat page's map against an SVG of the same seats, in one headless Chromium: node bench/map.mjs BASE SLUG ROUNDS.
//
// Prints JSON for `bench`. Frames are not held back to a screen's rate, so a frame takes what it costs. What is
// measured from where to where: docs/bench.md, row G14.
import { accessSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "../end2end/node_modules/playwright-core/index.mjs";

const [base, slug, rounds] = process.argv.slice(2);
const PANS = 48;
const STEP_PX = 10;
// Where the wheel turns, in parts of the map: over a stand, along which the drag goes.
const AT = { x: 0.2, y: 0.5 };
const VIEWPORT = { width: 1440, height: 900 };
// A new window of the browser loads pages of its own for about so long.
const QUIET_MS = 1_000;
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

// Runs in both pages: frames, and for the map what it draws. It touches nothing that the page could watch.
function spy() {
  const seen = { geometry: 0, seats: 0, scale: 0, center: null, gl: null, painter: "flat" };
  window.bench = seen;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let speck;
  const flicker = () => {
    if (!speck) {
      speck = document.createElement("i");
      speck.style.cssText = "position:fixed;left:0;top:0;width:1px;height:1px;z-index:99";
      document.body.append(speck);
    }
    const shade = Math.round(performance.now() * 8) % 256;
    speck.style.background = `rgb(${shade},${shade},${shade})`;
  };
  // Three frames that each have something to commit: the first is on the screen when the third begins.
  seen.settle = async () => {
    for (let n = 0; n < 3; n += 1) {
      flicker();
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
  // Frames in which nothing but a speck changes: what dispatching and committing cost by themselves.
  seen.nothing = async (step, count) => {
    for (let n = 0; n < count; n += 1) {
      step(n);
      flicker();
      await frame();
    }
    await seen.settle();
  };
  const bytes = Response.prototype.arrayBuffer;
  Response.prototype.arrayBuffer = async function () {
    const buffer = await bytes.call(this);
    if (this.url.includes("/plans/")) seen.geometry = performance.now();
    return buffer;
  };
  // The map's first picture: the first that is handed to a canvas of it (or, where that does not exist, the first
  // surface that is filled on one), and the frame of that.
  seen.drawn = new Promise((done) => {
    for (const [way, deed] of [
      [ImageBitmapRenderingContext.prototype, "transferFromImageBitmap"],
      [CanvasRenderingContext2D.prototype, "fill"],
    ]) {
      const before = way[deed];
      way[deed] = function (...what) {
        if (this.canvas.closest("#map")) {
          way[deed] = before;
          done();
        }
        return before.apply(this, what);
      };
    }
  }).then(async () => {
    await seen.settle();
    return performance.now() - seen.geometry;
  });
  seen.ready = async () => {
    await seen.drawn;
    while (document.querySelector("[data-phase]")?.dataset.phase === "loading") {
      await new Promise((done) => setTimeout(done, 5));
    }
    await seen.settle();
    return performance.now();
  };
  const clear = WebGL2RenderingContext.prototype.clear;
  WebGL2RenderingContext.prototype.clear = function (mask) {
    seen.gl = this;
    seen.painter = "WebGL2";
    seen.seats = 0;
    return clear.call(this, mask);
  };
  const view = WebGL2RenderingContext.prototype.uniform4f;
  // Device pixels a metre, and where the plan's origin lies on the canvas.
  WebGL2RenderingContext.prototype.uniform4f = function (at, scale, x, y, ...others) {
    seen.scale = scale / devicePixelRatio;
    seen.center = [(this.canvas.width / 2 - x) / scale, (this.canvas.height / 2 - y) / scale];
    return view.call(this, at, scale, x, y, ...others);
  };
  const draw = WebGL2RenderingContext.prototype.drawArrays;
  WebGL2RenderingContext.prototype.drawArrays = function (mode, first, count) {
    seen.seats += count;
    return draw.call(this, mode, first, count);
  };
}

// Processor time of the page's main thread: what it waits for others does not count.
async function mainThread(session, work) {
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((m) => m.name === "ThreadTime").value * 1000;
  };
  const before = await busy();
  const result = await work();
  return { result, main: (await busy()) - before };
}

async function fresh(browser) {
  const page = await browser.newPage({ viewport: VIEWPORT });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.waitForTimeout(QUIET_MS);
  return { page, session };
}

// The same number of events and frames on a page with nothing in it: the measurement's own share of the main thread.
async function emptyMain(page, session) {
  const { main } = await mainThread(session, () =>
    page.evaluate(async (count) => {
      const mute = document.body.appendChild(document.createElement("i"));
      const at = (n) => ({ bubbles: true, pointerId: 7, pointerType: "mouse", isPrimary: true, buttons: 1, clientX: n });
      await window.bench.nothing((n) => mute.dispatchEvent(new PointerEvent("pointermove", at(n))), count);
      mute.remove();
    }, PANS),
  );
  return main / PANS;
}

// Drags the map upwards, a step a frame.
function dragMap(page, session) {
  return mainThread(session, () =>
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
          clientX: box.x + box.width / 2,
          clientY: box.y + box.height / 2 - n * step,
        });
        map.dispatchEvent(new PointerEvent("pointerdown", at(0)));
        const ms = await window.bench.pan((n) => map.dispatchEvent(new PointerEvent("pointermove", at(n + 1))), count);
        map.dispatchEvent(new PointerEvent("pointercancel", at(count)));
        return ms;
      },
      [PANS, STEP_PX],
    ),
  );
}

const picture = (first, far, frame, main) => ({
  first_draw_ms: first,
  far_frame_ms: far,
  pan_frame_ms: frame,
  pan_main_ms: main / PANS,
});

// `wheels`: turns of the wheel from the whole house to single seats; 0 finds out how many there are.
async function measureMap(browser, wheels) {
  const { page, session } = await fresh(browser);
  await page.addInitScript(spy);
  await page.goto(`${base}/events/${slug}/seats`, { waitUntil: "commit" });
  await page.waitForFunction(() => window.bench, null, { timeout: 60_000 });
  const first = await page.evaluate(() => window.bench.drawn);
  const interactive = await page.evaluate(() => window.bench.ready());
  const { result: far } = wheels > 0 ? await dragMap(page, session) : { result: 0 };
  await page.evaluate(() => document.querySelector(".zoom-fit")?.click());
  await page.waitForTimeout(600);
  const near = await page.evaluate(async ([wheels, part]) => {
    const map = document.querySelector("#map");
    const box = map.getBoundingClientRect();
    const place = { clientX: box.x + box.width * part.x, clientY: box.y + box.height * part.y };
    const turn = () => map.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true, ctrlKey: true, deltaY: -60, ...place }));
    const begin = performance.now();
    let turns = 0;
    for (; turns < wheels; turns += 1) turn();
    await window.bench.settle();
    const ms = performance.now() - begin;
    for (; turns < 30 && window.bench.seats < 1000; turns += 1) {
      turn();
      await window.bench.settle();
    }
    const { seats, scale, center, painter } = window.bench;
    return { ms, turns, seats, scale, center, painter, box: { width: box.width, height: box.height } };
  }, [wheels, AT]);
  await page.waitForTimeout(600);
  const { result: frame, main } = await dragMap(page, session);
  await page.context().close();
  return { picture: picture(first, far, frame, main), interactive, near };
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

// As large on the page as the map, and while panning as near: pixels a metre.
async function measureSvg(browser, svg, near) {
  const { page, session } = await fresh(browser);
  const size = `width:${near.box.width}px;height:${near.box.height}px`;
  await page.setContent(`<body style="margin:0;height:100vh"><div id="place" style="${size}"></div></body>`);
  await page.evaluate(spy);
  const empty = await emptyMain(page, session);
  await page.evaluate((text) => (window.svgText = text), svg);
  const draw = await page.evaluate(async () => {
    await window.bench.settle();
    const begin = performance.now();
    document.querySelector("#place").innerHTML = window.svgText;
    await window.bench.settle();
    return performance.now() - begin;
  });
  const drag = (view) => mainThread(session, () => page.evaluate(dragSvg, [PANS, STEP_PX, view]));
  const { result: far } = await drag({ ...near, scale: 0, center: null, turns: 0 });
  const { result: frame, main } = await drag(near);
  await page.context().close();
  return { picture: picture(draw, far, frame, main), empty };
}

// Runs in the page: moves the drawing by the `transform` of its group, a step a frame.
async function dragSvg([count, step, { box, scale, center, turns }]) {
  const [left, top, width, height] = document.querySelector("svg").getAttribute("viewBox").split(" ").map(Number);
  const group = document.querySelector("#seats");
  const [x, y] = [left + width / 2, top + height / 2];
  const fitted = Math.min(box.width / width, box.height / height);
  // Without WebGL nobody tells the map's scale; its wheel has told the way there.
  const nearer = scale > 0 ? scale / fitted : Math.exp(0.48 * turns);
  const [cx, cy] = center ?? [x, y];
  const place = (n) =>
    group.setAttribute("transform", `translate(${x} ${y - (n * step) / fitted}) scale(${nearer}) translate(${-cx} ${-cy})`);
  place(0);
  await window.bench.settle();
  return window.bench.pan(place, count);
}

const browser = await chromium.launch({ executablePath: browserPath(), args: FLAGS });
try {
  const seatmap = await (await fetch(`${base}/api/v1/events/${slug}/seatmap`)).json();
  const svg = svgOf(seatmap);
  const seen = { rounds: [], interactive_ms: Infinity, near_ms: Infinity, painter: "" };
  const { near: found } = await measureMap(browser, 0);
  for (let n = 0; n < Number(rounds); n += 1) {
    const { picture, interactive, near } = await measureMap(browser, found.turns);
    const { picture: drawing, empty } = await measureSvg(browser, svg, near);
    for (const one of [picture, drawing]) one.pan_main_ms = Math.max(0, one.pan_main_ms - empty);
    seen.rounds.push({ map: picture, svg: drawing, empty_main_ms: empty });
    seen.interactive_ms = Math.min(seen.interactive_ms, interactive);
    seen.near_ms = Math.min(seen.near_ms, near.ms);
    seen.painter = `${near.painter}, ${near.seats} seats and row letters drawn while panning`;
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
