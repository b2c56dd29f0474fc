// One Chromium for a test file, and the ways of looking that tests share.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// open shows a file at a width and colour scheme, and records what should not happen.
export async function open(browser, file, { width = 1200, scheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (m) => m.type() === "error" && problems.push(`console: ${m.text()}`));
  page.on("pageerror", (e) => problems.push(`script: ${e.message}`));
  page.on("request", (r) => r.url().startsWith("file:") || r.url().startsWith("data:") || problems.push(`request: ${r.url()}`));
  await page.goto(`file://${file}`);
  return { page, problems, close: () => context.close() };
}

// axe gives the accessibility violations of a page, one line each.
export async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} — ${n.failureSummary}`));
}
