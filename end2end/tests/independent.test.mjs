// What a buyer gets, read by programs that nobody here wrote: PyJWT, ZBar, Poppler, icalendar, Python's mail parser.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

test("tickets, paper, calendar and mail are read by strangers' programs", { timeout: 300_000 }, () => {
  const run = fileURLToPath(new URL("../independent/run", import.meta.url));
  const done = spawnSync(run, { stdio: "inherit", env: process.env });
  assert.equal(done.status, 0, "see above");
});
