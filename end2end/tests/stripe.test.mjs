// The wire is Stripe's, not ours: Stripe's own client library speaks to the sandbox, reads its objects, and verifies
// the signatures of its webhooks.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Stripe from "stripe";

const SERVER = process.env.SERVER ?? fileURLToPath(new URL("../../target/debug/server", import.meta.url));
const SECRET = "whsec_sandbox";
const PATIENCE_MS = 20_000;

const received = [];
let sandbox, receiver, stripe, folder;

// Webhooks go to the site's port, which is ours here; the sandbox listens on the next one.
before(async () => {
  receiver = createServer((request, answer) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      received.push({ body: Buffer.concat(parts), signature: request.headers["stripe-signature"] });
      answer.end("{}");
    });
  });
  await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
  const { port } = receiver.address();
  folder = mkdtempSync(join(tmpdir(), "parterre-stripe-"));
  const env = { ...process.env, PORT: String(port), DATA_DIR: folder, STRIPE_WEBHOOK_SECRET: SECRET };
  delete env.STRIPE_SECRET_KEY;
  delete env.STRIPE_API_BASE;
  sandbox = spawn(SERVER, ["sandbox"], { env, stdio: "ignore" });
  stripe = new Stripe("sk_test_sandbox", { host: "127.0.0.1", port: port + 1, protocol: "http", maxNetworkRetries: 0 });
  await until("the sandbox answers", () => stripe.events.list({ limit: 1 }).then(() => true, () => false));
});

after(() => {
  sandbox?.kill("SIGKILL");
  receiver?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function until(what, ask) {
  const limit = Date.now() + PATIENCE_MS;
  while (Date.now() < limit) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`never: ${what}`);
}

const charge = (card) => ({
  amount: 4_500,
  currency: "eur",
  payment_method: card,
  confirm: true,
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  metadata: { order_id: "of-strangers" },
});

const webhook = (type, id) =>
  until(`a webhook ${type}`, () =>
    received
      .map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, SECRET))
      .find((event) => event.type === type && event.data.object.id === id),
  );

test("a payment is made, found again, and told by a signed webhook", async () => {
  const intent = await stripe.paymentIntents.create(charge("pm_card_visa"), { idempotencyKey: "once" });
  assert.deepEqual([intent.object, intent.status, intent.amount_received], ["payment_intent", "succeeded", 4_500]);
  const again = await stripe.paymentIntents.create(charge("pm_card_visa"), { idempotencyKey: "once" });
  assert.equal(again.id, intent.id);
  const found = await stripe.paymentIntents.retrieve(intent.id);
  assert.deepEqual([found.id, found.metadata.order_id], [intent.id, "of-strangers"]);
  const event = await webhook("payment_intent.succeeded", intent.id);
  assert.equal(event.data.object.amount, 4_500);
  assert.equal((await stripe.events.retrieve(event.id)).type, event.type);
});

test("a changed body and a strange secret are refused by Stripe's own check", async () => {
  const { body, signature } = received[0] ?? (await until("a webhook", () => received[0]));
  const changed = Buffer.from(body.toString().replace("4500", "4501"));
  assert.throws(() => stripe.webhooks.constructEvent(changed, signature, SECRET), Stripe.errors.StripeSignatureVerificationError);
  assert.throws(() => stripe.webhooks.constructEvent(body, signature, "whsec_other"), Stripe.errors.StripeSignatureVerificationError);
});

test("a declined card is the library's card error", async () => {
  await assert.rejects(stripe.paymentIntents.create(charge("pm_card_chargeDeclinedInsufficientFunds")), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeCardError, error.constructor.name);
    assert.deepEqual([error.code, error.decline_code], ["card_declined", "insufficient_funds"]);
    return true;
  });
});

test("a refund in part, and never more than was taken", async () => {
  const intent = await stripe.paymentIntents.create(charge("pm_card_visa"));
  const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1_500 });
  assert.deepEqual([refund.object, refund.status, refund.amount], ["refund", "succeeded", 1_500]);
  assert.equal((await stripe.refunds.retrieve(refund.id)).payment_intent, intent.id);
  await assert.rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 4_000 }), Stripe.errors.StripeInvalidRequestError);
});

test("a payment page is opened, expired, and cannot be expired again", async () => {
  const session = await stripe.checkout.sessions.create({
    mode: "payment",
    line_items: [{ quantity: 2, price_data: { currency: "eur", unit_amount: 2_250, product_data: { name: "Row C, seat 12" } } }],
    success_url: "http://127.0.0.1/a",
    cancel_url: "http://127.0.0.1/b",
    expires_at: Math.floor(Date.now() / 1_000) + 3_600,
  });
  assert.deepEqual([session.object, session.status, session.amount_total], ["checkout.session", "open", 4_500]);
  assert.equal((await fetch(session.url)).status, 200);
  assert.equal((await stripe.checkout.sessions.expire(session.id)).status, "expired");
  await webhook("checkout.session.expired", session.id);
  await assert.rejects(stripe.checkout.sessions.expire(session.id), Stripe.errors.StripeInvalidRequestError);
});
