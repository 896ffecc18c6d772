// Pictures of what a buyer meets when something does not work, for `docs/errors.md`:
//
//   cargo build -p server -p supervise && target/debug/supervise -- node end2end/error-screens.mjs [NAME…]
//
// Starts the site on the throw-away databases of `supervise` with short times, reaches each state as a buyer does (or
// makes the provider, the store or the organizer do what leads there), and writes error-<name>-<size>-<theme>.png to
// `docs/screens`. Names limit what is taken.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { BUYER, CARDS, chooseForMe, fillCheckout, freeSeats, openFreeSection, openSeats, openTickets, paid, payWith } from "./support/buyer.mjs";
import { until } from "./support/browser.mjs";
import { shrink } from "./support/png.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "docs/screens/");
const PORT = Number(process.env.PORT ?? 18_400);
const BASE = `http://127.0.0.1:${PORT}`;
const SANDBOX = `http://127.0.0.1:${PORT + 1}`;
const { TEST_DATABASE_URL, TEST_REDIS_URL: REDIS_URL } = process.env;
if (!TEST_DATABASE_URL || !REDIS_URL) throw new Error("run it under target/debug/supervise");
const DATABASE_URL = Object.assign(new URL(TEST_DATABASE_URL), { pathname: "/screens" }).href;
// Long enough for any walk below, short enough to wait for.
const PAY_WINDOW_SECONDS = 100;
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };
const EVENT = "captain-button-and-the-sock-sea";
const only = process.argv.slice(2);

/** The server, until the pictures are taken. */
async function serve() {
  sql("CREATE DATABASE screens", TEST_DATABASE_URL);
  const data = mkdtempSync(join(tmpdir(), "parterre-screens-"));
  const path = join(data, "server.log");
  const log = openSync(path, "w");
  const env = { ...process.env, DATABASE_URL, REDIS_URL, PORT, DATA_DIR: data, PAY_WINDOW_SECONDS };
  const server = spawn(process.env.SERVER ?? join(ROOT, "target/debug/server"), ["run"], { cwd: ROOT, env, stdio: ["ignore", log, log] });
  process.once("exit", () => server.kill("SIGTERM"));
  await until("the site is served", () => {
    if (server.exitCode !== null) throw new Error(readFileSync(path, "utf8"));
    return fetch(BASE).then((reply) => reply.ok, () => false);
  }, 120_000);
  return { stop: () => server.kill("SIGTERM"), log: () => readFileSync(path, "utf8") };
}

/** What only an organizer or time can do. */
function sql(statement, database = DATABASE_URL) {
  const done = spawnSync("psql", [database, "-qc", statement], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
}

/** The store hears, and does not answer for a while. */
function pauseRedis(ms) {
  const { hostname, port } = new URL(REDIS_URL);
  return new Promise((done) => connect(Number(port), hostname).end(`CLIENT PAUSE ${ms} ALL\r\n`, done));
}

async function faults(faults) {
  await fetch(`${SANDBOX}/_sandbox/faults`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(faults) });
}

/** The provider takes money for an order, whatever we think of it. */
async function takeMoney(order, { amount, currency }, card) {
  const body = new URLSearchParams({ amount: String(amount), currency: currency.toLowerCase(), confirm: "true", payment_method: card, "metadata[order_id]": order });
  const reply = await fetch(`${SANDBOX}/v1/payment_intents`, { method: "POST", headers: { authorization: "Bearer sk_test_sandbox" }, body });
  if (!reply.ok) throw new Error(await reply.text());
}

const server = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
  args: ["--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic"],
});

/** A stranger's page; without scripts, as every refusal must work that way. */
async function stranger(scripts = false) {
  const context = await browser.newContext({ baseURL: BASE, viewport: SIZES.desktop, javaScriptEnabled: scripts, reducedMotion: "reduce", locale: "en-GB" });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

async function shoot(page, name, { dark = false, options = {} } = {}) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of dark ? ["light", "dark"] : ["light"]) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(300);
      const path = `${OUT}${name}-${size}-${colorScheme}.png`;
      await page.screenshot({ path, ...options });
      shrink(path);
      console.log(`${name}-${size}-${colorScheme}`);
    }
  }
  await page.setViewportSize(SIZES.desktop);
}

async function toPayment(page, quantity = 2, slug = EVENT) {
  await openSeats(page, slug, { scripts: false });
  await chooseForMe(page, quantity);
  await page.getByRole("link", { name: "Continue" }).click();
  await fillCheckout(page);
  await page.getByLabel("Card number").waitFor();
}

/** An order that its buyer left unpaid: its page. */
async function unpaid(page, quantity) {
  await toPayment(page, quantity);
  const payment = page.url();
  await page.getByRole("link", { name: "Go back without paying" }).click();
  await heading(page, "Not paid yet");
  return payment;
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** Opens a page again until it says something. */
async function untilSaid(page, text) {
  await until(text, async () => {
    if ((await page.getByText(text).count()) > 0) return true;
    await page.reload();
    return false;
  }, 60_000);
}

/** The first event of the programme that stands so. */
async function eventThatIs(status) {
  for (let cursor = ""; ; ) {
    const page = await (await fetch(`${BASE}/api/v1/events?limit=100&cursor=${cursor}`)).json();
    const found = page.items.find((event) => event.status === status);
    if (found || !page.next_cursor) return found?.slug;
    cursor = page.next_cursor;
  }
}

const orderOf = async (page) => {
  const [, id, key] = page.url().match(/orders\/([0-9a-f-]+)\?key=([^&]+)/);
  return (await fetch(`${BASE}/api/v1/orders/${id}?key=${key}`)).json();
};

/** Somebody else buys the seats of an order that was given up. */
async function taken(order) {
  const post = async (path, body, token) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const reply = await fetch(`${BASE}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  };
  const seat_ids = order.lines.map((line) => line.seat_id);
  const held = await post(`/events/${order.event_id}/reservations`, { client_reservation_id: crypto.randomUUID(), seat_ids });
  const wish = { idempotency_key: crypto.randomUUID(), buyer: BUYER, payment_token: "pm_card_visa" };
  await post(`/reservations/${held.hold_id}/commit`, wish, held.hold_token);
}

async function lateMoney(page, card, said) {
  await unpaid(page, 2);
  await page.getByRole("button", { name: "Do not pay, give the seats back" }).click();
  await heading(page, "This order has ended");
  const order = await orderOf(page);
  await taken(order);
  await takeMoney(order.id, order.total_amount, card);
  await untilSaid(page, said);
}

/** Seats of a row of the list: the second, so that the first is left alone. */
async function secondOfARow(page) {
  await page.goto(`/events/${EVENT}/seats`);
  await openFreeSection(page);
  const seat = await page.locator("#list-form fieldset.row").evaluateAll((rows) => {
    for (const row of rows) {
      const [first, second, third] = [...row.querySelectorAll("input[data-seat]")];
      if (![first, second, third].some((box) => !box || box.disabled || box.checked)) return second.dataset.seat;
    }
    return null;
  });
  await page.locator(`#list-form input[data-seat="${seat}"]`).check();
  return seat;
}

const submitList = (page) => page.getByRole("button", { name: "Hold these and go to checkout" }).click();

async function signIn(page) {
  const [, email, password] = server.log().match(/demo account (\S+), password (\S+)/);
  await page.goto("/staff");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** How each state is reached; its picture is taken where the walk ends. */
const walks = {
  async "not-found"(page) {
    await page.goto("/events/the-show-that-never-was");
    return { dark: true };
  },
  async "not-on-sale-yet"(page) {
    await page.goto(`/events/${await eventThatIs("scheduled")}`);
  },
  async "sold-out"(page) {
    await page.goto(`/events/${await eventThatIs("sold_out")}`);
  },
  async cancelled(page) {
    await page.goto(`/events/${await eventThatIs("cancelled")}`);
  },
  async halted(page) {
    const why = "We found that our seat plan and our orders did not agree, and halted the sale while somebody checks. Tickets that were bought stay valid.";
    sql(`UPDATE events SET status = 'paused', frozen = '${why}' WHERE slug = '${EVENT}'`);
    await page.goto(`/events/${EVENT}/seats`);
    await untilSaid(page, "The sale is halted");
    return { after: () => sql(`UPDATE events SET status = 'published', frozen = NULL WHERE slug = '${EVENT}'`) };
  },
  async "seat-taken"(page) {
    const seat = await secondOfARow(page);
    const faster = await stranger();
    await faster.goto(page.url());
    await faster.locator(`#list-form input[data-seat="${seat}"]`).check();
    await submitList(faster);
    await heading(faster, "Checkout");
    await submitList(page);
    await page.getByRole("alert").waitFor();
  },
  async "too-many-seats"(page) {
    await openSeats(page, EVENT, { scripts: false });
    await openFreeSection(page);
    for (const box of (await freeSeats(page).all()).slice(0, 11)) await box.check();
    await submitList(page);
    await page.getByRole("alert").waitFor();
  },
  async "seat-left-alone"(page) {
    await secondOfARow(page);
    await submitList(page);
    await fillCheckout(page);
    await page.getByRole("alert").waitFor();
  },
  async "time-over"(_, page) {
    await page.clock.install();
    await openSeats(page, EVENT);
    await chooseForMe(page, 2);
    await page.getByRole("link", { name: "Continue" }).click();
    await heading(page, "Checkout");
    const other = await page.context().newPage();
    await openSeats(other, EVENT);
    await other.getByRole("button", { name: "Clear all" }).click();
    await other.getByText("No seat yet").waitFor();
    await page.clock.fastForward(3_600_000);
    await heading(page, "Your time for these seats is over");
    return { page, dark: true };
  },
  async "form-wrong"(page) {
    await openSeats(page, EVENT, { scripts: false });
    await chooseForMe(page, 2);
    await page.getByRole("link", { name: "Continue" }).click();
    await fillCheckout(page, { name: BUYER.name, email: "ada@nowhere" });
    await page.locator("#email[aria-invalid=true]").waitFor();
    return { options: { fullPage: true } };
  },
  async "card-declined"(page) {
    await toPayment(page);
    await payWith(page, CARDS.declined);
    await page.getByRole("alert").waitFor();
  },
  async "page-closed"(page) {
    const payment = await unpaid(page);
    await page.getByRole("button", { name: "Do not pay, give the seats back" }).click();
    await heading(page, "This order has ended");
    await page.goto(payment);
  },
  async "asking-the-bank"(page) {
    await unpaid(page);
    await page.goto(page.url().replace("&back=1", "&through=1"));
    await heading(page, "Waiting for your payment");
  },
  async "being-prepared"(page) {
    await openSeats(page, EVENT, { scripts: false });
    await chooseForMe(page, 2);
    await page.getByRole("link", { name: "Continue" }).click();
    await faults({ latency_ms: 25_000 });
    await fillCheckout(page);
    await page.getByText("Your payment is being prepared").waitFor();
    return { after: () => faults({}) };
  },
  async "not-paid-yet"(page) {
    await unpaid(page);
  },
  async declined(page) {
    await toPayment(page);
    await payWith(page, CARDS.declined);
    await page.getByRole("link", { name: "Go back without paying" }).click();
    await heading(page, "The payment did not go through");
    return { dark: true };
  },
  async "given-up"(page) {
    await unpaid(page);
    await page.getByRole("button", { name: "Do not pay, give the seats back" }).click();
    await heading(page, "This order has ended");
  },
  async "not-paid-in-time"(page) {
    await unpaid(page);
    await page.goto(page.url().replace("&back=1", ""));
    await page.getByText("The time to pay was over").waitFor({ timeout: (PAY_WINDOW_SECONDS + 60) * 1_000 });
  },
  async "late-money-going-back"(page) {
    await faults({ hold_before: "refunds" });
    await lateMoney(page, "pm_card_visa", "is on its way back");
    return { after: () => faults({}) };
  },
  async "late-money-sent-back"(page) {
    await lateMoney(page, "pm_card_visa", "was sent back");
  },
  async "late-but-free"(page) {
    await unpaid(page, 1);
    await page.getByRole("button", { name: "Do not pay, give the seats back" }).click();
    await heading(page, "This order has ended");
    const order = await orderOf(page);
    await takeMoney(order.id, order.total_amount, "pm_card_visa");
    await untilSaid(page, "Your tickets are here");
  },
  async "ticket-given-back"(page) {
    await toPayment(page, 2);
    await payWith(page, CARDS.good);
    await paid(page);
    const { id, tickets } = await orderOf(page);
    const key = new URL(page.url()).searchParams.get("key");
    const wish = { idempotency_key: crypto.randomUUID(), ticket_ids: [tickets[0].id], reason: "cannot come" };
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${BASE}/api/v1/orders/${id}/refund?key=${key}`, { method: "POST", headers, body: JSON.stringify(wish) });
    if (!reply.ok) throw new Error(await reply.text());
    await untilSaid(page, "was sent back");
  },
  async "bank-asks-back"(page) {
    await toPayment(page, 1);
    await payWith(page, CARDS.disputed);
    await paid(page);
    await untilSaid(page, "Your bank took the money of this order back");
  },
  async "refund-failed"(page) {
    await lateMoney(page, "pm_card_refundFail", "Your bank did not take");
    return { dark: true };
  },
  async "event-cancelled"(page) {
    const slug = "the-moth-who-collected-lamps";
    await toPayment(page, 1, slug);
    await payWith(page, CARDS.good);
    await paid(page);
    sql(`UPDATE events SET status = 'cancelled' WHERE slug = '${slug}'`);
    await untilSaid(page, "The event is cancelled");
    await untilSaid(page, "was sent back");
  },
  async "ticket-void"(page) {
    await toPayment(page, 1);
    await payWith(page, CARDS.good);
    await paid(page);
    const { number } = await orderOf(page);
    await openTickets(page, 1);
    const staff = await stranger();
    await signIn(staff);
    await staff.getByLabel("Number, e-mail, payment, or seat").fill(number);
    await staff.getByRole("button", { name: "Find" }).click();
    await staff.getByRole("row").filter({ hasText: number }).getByRole("link").click();
    await staff.getByLabel("Reason to refund").fill("cannot come");
    await staff.getByRole("button", { name: "Refund everything" }).click();
    await staff.getByRole("status").waitFor();
    await page.reload();
  },
  async "no-key"(page) {
    await unpaid(page);
    await page.goto(page.url().split("?")[0]);
    await heading(page, "This page needs its key");
  },
  async "link-over"(page) {
    await page.goto("/tickets/open?t=AAAA");
    await page.getByText("This link does not work any more").waitFor();
  },
  async "too-many-requests"(page) {
    await openSeats(page, EVENT, { scripts: false });
    await openFreeSection(page);
    // The allowance grows again with every second, so the others go on until the page has its answer.
    let answered = false;
    const ask = async () => {
      const reply = await fetch(`${BASE}/do/hold_seats`, { method: "POST" });
      await reply.arrayBuffer();
      return reply.status;
    };
    const others = Array.from({ length: 16 }, async () => {
      for (let n = 0; n < 2_000 && !answered; n += 1) await ask();
    });
    await until("the others have used it up", async () => (await ask()) === 429);
    await submitList(page);
    await heading(page, "That was much at once").finally(() => (answered = true));
    await Promise.all(others);
  },
  async "store-away"(page) {
    await pauseRedis(25_000);
    await page.goto(`/events/${EVENT}/seats`);
    await heading(page, "This did not work just now");
  },
};

let failed = 0;
for (const [name, walk] of Object.entries(walks)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const [page, scripted] = [await stranger(), await stranger(true)];
  try {
    const { after, page: other, ...how } = (await walk(page, scripted)) ?? {};
    await shoot(other ?? page, `error-${name}`, how);
    await after?.();
  } catch (error) {
    failed += 1;
    console.error(`${name}: ${error.message}\n  at ${page.url()}\n  ${(await page.locator("main").innerText().catch(() => "")).slice(0, 400)}`);
  }
  await faults({});
  await Promise.all([page.context().close(), scripted.context().close()]);
}
await browser.close();
server.stop();
process.exitCode = failed === 0 ? 0 : 1;
