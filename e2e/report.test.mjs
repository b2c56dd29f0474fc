// The impact report of the demo company, as a reader meets it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, launch, open } from "./browser.mjs";

const report = join(process.env.LIFTMARK_E2E_DEMO, "report.html");
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const width of [360, 768, 1280, 3840]) {
  test(`report fits at ${width} px`, async () => {
    const { page, problems, close } = await open(browser, report, { width });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(over, 0, `the page is ${over} px wider than the window`);
    assert.deepEqual(problems, []);
    await close();
  });
}

for (const [width, scheme] of [[360, "light"], [1280, "light"], [1280, "dark"]]) {
  test(`report is accessible, ${scheme}, ${width} px`, async () => {
    const { page, problems, close } = await open(browser, report, { width, scheme });
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(problems, []);
    await close();
  });
}

test("report answers first", async () => {
  const { page, close } = await open(browser, report);
  const data = JSON.parse(readFileSync(report.replace(/html$/, "json"), "utf8"));
  const text = await page.locator("main").innerText();
  for (const finding of data.findings.filter((f) => f.outcome.role === "primary")) {
    assert.ok(text.includes(finding.verdict.headline), `the page lacks: ${finding.verdict.headline}`);
  }
  assert.ok((await page.locator("svg[role=img]").count()) >= 3, "charts are missing");
  for (const svg of await page.locator("svg[role=img]").all()) {
    assert.ok((await svg.getAttribute("aria-label")) || (await svg.getAttribute("aria-labelledby")), "a chart has no text alternative");
  }
  await close();
});

test("report prints to a few pages", async () => {
  const { page, close } = await open(browser, report, { scheme: "dark" });
  const path = join(mkdtempSync(join(tmpdir(), "liftmark-")), "report.pdf");
  await page.pdf({ path, preferCSSPageSize: true });
  const pages = (readFileSync(path, "latin1").match(/\/Type\s*\/Page[^s]/g) ?? []).length;
  assert.ok(pages >= 2 && pages <= 20, `${pages} pages`);
  assert.ok(statSync(path).size > 20_000, "the PDF is nearly empty");
  await close();
});
