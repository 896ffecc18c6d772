// axe on a page, with the rules of WCAG 2.2 AA and axe's own good habits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with what axe found, each rule with the elements it is about. */
export async function assertAccessible(page, what) {
  // Evaluated by the browser's tools, so the page's policy does not forbid it.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, help, nodes }) => ({
    rule: `${id}: ${help}`,
    nodes: nodes.map((node) => `${node.target.join(" ")} | ${node.failureSummary?.split("\n")[1]?.trim()}`),
  }));
  assert.deepEqual(found, [], `axe on ${what}`);
}
