// The script for web pages, as the server serves it, in Chromium on another
// origin: what it sends, when, and what it does not do.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "./browser.mjs";
import { serve } from "./content.mjs";
import { Server } from "./server.mjs";

let server, key, admin, site, browser;
before(async () => {
  server = await Server.start();
  admin = server.credential("--label", "test", "--kind", "api_key", "--scope", "admin").secret;
  key = server.credential("--label", "web site", "--kind", "write_key", "--scope", "track").id;
  // The loader of the guide, with options that the page's address names.
  const html = (options) => `<!doctype html><title>Home</title><script>
    !function(w,m){var q=w.liftmark=w.liftmark||[];m.forEach(function(n){q[n]=function(){q.push([n].concat([].slice.call(arguments)));return q}})}
    (window,["load","track","identify","group","page","alias","reset","flush"]);
    liftmark.load(${JSON.stringify(key)}, ${JSON.stringify(options)});</script>
    <script async src="${server.url}/liftmark.js"></script>`;
  site = await serve({
    "/a/page": html({ flushInterval: 100 }), "/persist": html({ flushInterval: 100, persist: true }),
    "/tag": `<!doctype html><title>Tag</title><script async src="${server.url}/liftmark.js" data-key="${key}"></script>`,
    "/next": "<!doctype html><title>next</title>", "/favicon.ico": "",
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
  await server?.stop();
});

// open opens a page; page.sent are the bodies that it sends to the server, beacons
// left out: Chromium does not show those.
async function open(path, { context, init } = {}) {
  context ??= await browser.newContext();
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.problems = [];
  page.sent = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && page.problems.push(m.text()));
  page.on("pageerror", (e) => page.problems.push(e.message));
  page.on("request", (r) => {
    if (!r.url().startsWith(`${server.url}/v1/`)) return;
    page.sent.push({ how: r.resourceType(), method: r.method(), headers: r.headers(), body: r.resourceType() === "ping" ? undefined : r.postDataJSON() });
  });
  await page.goto(site.url + path);
  await page.waitForFunction(() => window.liftmark?.version);
  return page;
}

// facts gives the uses that the server has, as lines of CSV.
async function facts() {
  const answer = await fetch(`${server.url}/api/v1/exports/facts/usage?format=csv`, { headers: { Authorization: `Bearer ${admin}` } });
  assert.equal(answer.status, 200);
  return (await answer.text()).trim().split("\n").slice(1);
}

// counted waits until an event has become a fact a number of times, and gives how often it has.
async function counted(event, count = 1) {
  let seen;
  for (let i = 0; i < 100 && !(seen >= count); i++) {
    seen = (await facts()).filter((line) => line.includes(`,${event},`)).length;
    if (seen < count) await sleep(100);
  }
  return seen;
}
const stored = (page) => page.evaluate(() => [document.cookie, { ...localStorage }, { ...sessionStorage }]);

test("the script is small, as served", async () => {
  const answer = await fetch(`${server.url}/liftmark.js`, { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  const served = Number(answer.headers.get("content-length") ?? 0), text = await answer.text();
  assert.ok((served || gzipSync(text).length) < 5 * 1024, `${served} bytes`);
  assert.match(answer.headers.get("content-type"), /^text\/javascript/);
});

test("calls go in one batch, with one visitor, no cookie and nothing stored", async () => {
  const page = await open("/a/page?secret=1#part");
  await page.evaluate(() => {
    liftmark.page();
    liftmark.track("Shop opened", { n: 1 });
    liftmark.identify("u1", { email: "u1@acme.example" }).group("acme", { name: "Acme" });
    for (let i = 0; i < 10; i++) liftmark.track("Shop item seen", { i });
  });
  assert.equal(await counted("Shop item seen", 10), 10);
  assert.equal(page.sent.length, 1, "one request");
  const [{ body, headers }] = page.sent;
  assert.deepEqual(body.batch.map((e) => e.type).slice(0, 4), ["page", "track", "identify", "group"]);
  assert.equal(body.writeKey, key);
  assert.equal(new Set(body.batch.map((e) => e.anonymousId)).size, 1);
  assert.equal(new Set(body.batch.map((e) => e.messageId)).size, 14);
  assert.ok(body.batch.slice(2).every((e) => e.userId === "u1") && body.batch.at(-1).context.groupId === "acme");
  assert.ok(!JSON.stringify(page.sent).includes("secret"), "the page's query stays with it");
  assert.equal(headers.cookie, undefined);
  assert.deepEqual(await stored(page), ["", {}, {}]);
  assert.deepEqual(await page.context().cookies(), []);
  assert.deepEqual(page.problems, []);
  assert.ok(server.run("link", "list").some((l) => [l.value, l.other].includes(`anon:${body.batch[0].anonymousId}`)), "the visitor is the user");
});

test("many events go in several batches, each once", async () => {
  const page = await open("/a/page");
  await page.evaluate(() => { for (let i = 0; i < 130; i++) liftmark.track("Bulk", { i, text: "x".repeat(900) }); });
  assert.equal(await counted("Bulk", 130), 130);
  assert.ok(page.sent.length >= 3 && page.sent.every((r) => JSON.stringify(r.body).length < 64 * 1024), `${page.sent.length} requests`);
  assert.deepEqual(page.problems, []);
});

test("an event that is tracked while the tab closes, or another page opens, arrives", async () => {
  const page = await open("/a/page");
  await page.evaluate(() => { liftmark.track("Left by link"); location.href = "/next"; });
  assert.equal(await counted("Left by link"), 1);
  const other = await open("/a/page");
  await other.evaluate(() => window.addEventListener("beforeunload", () => liftmark.track("Closed")));
  await other.close({ runBeforeUnload: true });
  assert.equal(await counted("Closed"), 1);
  assert.deepEqual([...page.problems, ...other.problems], []);
});

for (const [name, init] of Object.entries({
  "Do Not Track": () => Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" }),
  "Global Privacy Control": () => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true }),
})) {
  test(`with ${name} nothing is sent and nothing stored`, async () => {
    const before = await facts();
    for (const path of ["/persist", "/tag"]) {
      const page = await open(path, { init });
      await page.evaluate(() => { liftmark.page(); liftmark.identify("u2").track("Not to be seen").flush(); });
      await sleep(500);
      assert.deepEqual(await stored(page), ["", {}, {}]);
      await page.close({ runBeforeUnload: true });
      await sleep(300);
      assert.deepEqual(page.sent, [], path);
      assert.deepEqual(page.problems, []);
    }
    assert.deepEqual(await facts(), before);
  });
}

test("with persist the visitor is known on the next visit, without cookies", async () => {
  const context = await browser.newContext();
  const visitors = [];
  for (let visit = 0; visit < 2; visit++) {
    const page = await open("/persist", { context });
    await page.evaluate(() => liftmark.track("Visited"));
    await counted("Visited", visit + 1);
    visitors.push(page.sent[0].body.batch[0].anonymousId);
    assert.deepEqual(page.problems, []);
    await page.close();
  }
  assert.equal(visitors[0], visitors[1]);
  assert.deepEqual(await context.cookies(), []);
});

test("one tag counts the page", async () => {
  const page = await open("/tag");
  assert.equal(await counted("/tag"), 1);
  assert.deepEqual(page.problems, []);
});

test("what is tracked offline arrives once online", async () => {
  const page = await open("/a/page");
  await page.context().setOffline(true);
  await page.evaluate(() => { liftmark.track("Tracked offline"); liftmark.track("Tracked offline"); });
  await page.waitForEvent("requestfailed");
  assert.ok(!(await facts()).some((line) => line.includes("Tracked offline")));
  await page.context().setOffline(false);
  assert.equal(await counted("Tracked offline", 2), 2);
  const ids = page.sent.map((r) => r.body.batch.map((e) => e.messageId).join());
  assert.ok(ids.length >= 2 && new Set(ids).size === 1, "the same events, sent again");
  assert.deepEqual(page.problems.filter((p) => !p.includes("ERR_INTERNET_DISCONNECTED")), [], "only the browser speaks of the network");
});
