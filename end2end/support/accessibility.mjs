// axe on a page, with its rules of WCAG and its own good habits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with what axe found, each rule with the elements it is about; `rules` names a few instead of all. */
export async function assertAccessible(page, what, rules = null) {
  // Evaluated by the browser's tools, so the page's policy does not forbid it.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((rules) => {
    const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
    return window.axe.run(document, { resultTypes: ["violations"], ...only });
  }, rules);
  const found = violations.map(({ id, help, nodes }) => ({
    rule: `${id}: ${help}`,
    nodes: nodes.map((node) => `${node.target.join(" ")} | ${node.failureSummary?.split("\n")[1]?.trim()}`),
  }));
  assert.deepEqual(found, [], `axe on ${what}`);
}
