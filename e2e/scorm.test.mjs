// SCORM packages: scorm-again in Chromium, on the origin of a learning platform,
// commits to the server, which makes statements and facts of it. The last commit
// leaves as a beacon while the tab closes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "./browser.mjs";
import { serve } from "./content.mjs";
import { Server } from "./server.mjs";

const home = "https://lms.example";
let server, key, reader, site, browser;
before(async () => {
  server = await Server.start();
  key = server.credential("--label", "packages", "--kind", "write_key", "--scope", "statements/write").id;
  const { id, secret } = server.credential("--label", "reports", "--scope", "all/read");
  reader = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  site = await serve({ "/package": `<!doctype html><title>package</title><script src="/package/scorm-again/dist/scorm-again.js"></script>`, "/favicon.ico": "" });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
  await server?.stop();
});

// commitUrl is what a learning platform puts into lmsCommitUrl.
const commitUrl = (more) => `${server.url}/scorm/commit?${new URLSearchParams({ key, homePage: home, ...more })}`;

// open opens a package's page; page.commits are the requests that it sends.
async function open() {
  const page = await (await browser.newContext()).newPage();
  page.problems = [];
  page.commits = [];
  page.on("console", (m) => m.type() === "error" && page.problems.push(m.text()));
  page.on("pageerror", (e) => page.problems.push(e.message));
  page.on("request", (r) => r.url().startsWith(server.url) && r.method() === "POST" && page.commits.push({ url: r.url(), how: r.resourceType(), type: r.headers()["content-type"] }));
  await page.goto(`${site.url}/package`);
  return page;
}

// statements gives what the record store has about an activity and its questions.
async function statements(learner) {
  const query = new URLSearchParams({ agent: JSON.stringify({ account: { homePage: home, name: learner } }), ascending: "true" });
  const answer = await fetch(`${server.url}/xapi/statements?${query}`, { headers: { Authorization: reader, "X-Experience-API-Version": "1.0.3" } });
  assert.equal(answer.status, 200);
  return (await answer.json()).statements;
}

// eventually waits for what a closed tab sent.
async function eventually(learner, verb) {
  for (let i = 0; i < 100; i++) {
    const found = await statements(learner);
    if (found.some((s) => s.verb.id.endsWith(`/${verb}`))) return found;
    await sleep(50);
  }
  return statements(learner);
}

const verbOf = (s) => s.verb.id.split("/").pop();
const byVerb = (list) => Object.fromEntries(list.map((s) => [verbOf(s), s]));

test("SCORM 1.2: a lesson becomes statements, its end arrives while the tab closes", async () => {
  const page = await open();
  const activity = "https://content.example/safety";
  await page.evaluate((lmsCommitUrl) => {
    const api = window.API = new Scorm12API({ lmsCommitUrl, logLevel: 5 });
    const set = (name, value) => { if (api.LMSSetValue(name, value) !== "true") throw new Error(`${name}=${value}: ${api.LMSGetLastError()}`); };
    api.LMSInitialize("");
    const answers = [
      { id: "exits", type: "choice", student_response: "a,c", "correct_responses.0.pattern": "a,b", result: "wrong", latency: "00:00:12" },
      { id: "alarm", type: "true-false", student_response: "t", "correct_responses.0.pattern": "t", result: "correct", latency: "00:01:00" },
    ];
    answers.forEach((answer, n) => Object.entries(answer).forEach(([name, value]) => set(`cmi.interactions.${n}.${name}`, value)));
    set("cmi.core.lesson_status", "incomplete");
    if (api.LMSCommit("") !== "true") throw new Error(`the commit failed: ${api.LMSGetLastError()}`);
    if (api.LMSCommit("") !== "true") throw new Error("a second commit failed");
    // What follows is known to the page alone until it goes.
    set("cmi.core.score.raw", "80");
    set("cmi.core.lesson_status", "passed");
    set("cmi.core.session_time", "00:07:30");
    window.addEventListener("pagehide", () => api.LMSFinish(""));
  }, commitUrl({ activity, account: "ann", title: "Safety", language: "en", course: "https://lms.example/course/1" }));
  const before = await statements("ann");
  assert.deepEqual(before.map(verbOf).sort(), ["answered", "answered", "initialized"], "after two commits that say the same");
  const kept = page.commits, problems = page.problems;
  await page.close({ runBeforeUnload: true });

  const found = await eventually("ann", "terminated");
  assert.deepEqual(found.map(verbOf).sort(), ["answered", "answered", "completed", "initialized", "passed", "scored", "terminated"]);
  const of = byVerb(found);
  assert.deepEqual(of.scored.result.score, { scaled: 0.8, raw: 80, min: 0, max: 100 });
  assert.equal(of.passed.result.success, true);
  assert.equal(of.completed.result.completion, true);
  assert.equal(of.terminated.result.duration, "PT7M30S");
  assert.equal(of.terminated.object.definition.name.en, "Safety");
  assert.equal(of.terminated.context.contextActivities.parent[0].id, "https://lms.example/course/1");
  const [exits, alarm] = ["exits", "alarm"].map((id) => found.find((s) => s.object.id === `${activity}#interaction-${id}`));
  assert.equal(exits.result.response, "a[,]c");
  assert.equal(exits.result.success, false);
  assert.equal(exits.result.duration, "PT12S");
  assert.deepEqual(exits.object.definition.correctResponsesPattern, ["a[,]b"]);
  assert.equal(alarm.result.response, "true");
  assert.equal(alarm.result.success, true);
  assert.ok(kept.slice(0, 2).every((c) => c.how === "xhr"), "commits under way are requests of the page");
  assert.deepEqual(problems, []);
});

test("SCORM 2004: ending a lesson sends a beacon of text/plain, and repeats add nothing", async () => {
  const page = await open();
  const url = commitUrl({ activity: "https://content.example/fire", account: "ben", session: "s-1" });
  const lesson = (lmsCommitUrl) => {
    const api = window.API_1484_11 = new Scorm2004API({ lmsCommitUrl, logLevel: 5 });
    const set = (name, value) => { if (api.SetValue(name, value) !== "true") throw new Error(`${name}=${value}: ${api.GetLastError()}`); };
    api.Initialize("");
    const answer = { id: "urn:q:1", type: "choice", "correct_responses.0.pattern": "red[,]blue", learner_response: "red[,]blue", result: "correct", latency: "PT9S", description: "Which colours?" };
    Object.entries(answer).forEach(([name, value]) => set(`cmi.interactions.0.${name}`, value));
    set("cmi.score.scaled", "0.9");
    set("cmi.success_status", "passed");
    set("cmi.completion_status", "completed");
    set("cmi.progress_measure", "1");
    if (api.Commit("") !== "true") throw new Error(`the commit failed: ${api.GetLastError()}`);
    set("cmi.session_time", "PT1H2M3S");
    api.Terminate("");
  };
  await page.evaluate(() => {
    const send = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (...sent) => send(...(window.beacon = sent));
  });
  await page.evaluate(lesson, url);
  const first = await eventually("ben", "terminated");
  assert.deepEqual(first.map(verbOf).sort(), ["answered", "completed", "initialized", "passed", "progressed", "scored", "terminated"]);
  const of = byVerb(first);
  assert.equal(of.answered.result.response, "red[,]blue");
  assert.equal(of.answered.result.duration, "PT9S");
  assert.equal(of.answered.object.definition.description.und, "Which colours?");
  assert.equal(of.scored.result.score.scaled, 0.9);
  assert.equal(of.terminated.result.duration, "PT1H2M3S");
  const last = page.commits.at(-1);
  assert.equal(last.how, "ping", "the last commit is a beacon");
  assert.match(last.type, /^text\/plain/);

  // The browser sends the beacon once more, then the whole session.
  const answer = page.waitForEvent("requestfinished", (r) => r.resourceType() === "ping");
  assert.ok(await page.evaluate(() => navigator.sendBeacon(...beacon)));
  assert.equal((await (await answer).response()).status(), 200);
  await page.reload();
  await page.evaluate(lesson, url);
  await sleep(500);
  assert.deepEqual((await statements("ben")).map((s) => s.id), first.map((s) => s.id));
  assert.deepEqual(page.problems, []);
});

test("a lesson that is left to be resumed is suspended, and its next session is another", async () => {
  for (const session of ["s-1", "s-2"]) {
    const page = await open();
    await page.evaluate((lmsCommitUrl) => {
      const api = new Scorm2004API({ lmsCommitUrl, logLevel: 5 });
      api.Initialize("");
      api.SetValue("cmi.exit", "suspend");
      api.SetValue("cmi.session_time", "PT5M");
      window.addEventListener("pagehide", () => api.Terminate(""));
    }, commitUrl({ activity: "https://content.example/fire", account: "cem", session }));
    await page.close({ runBeforeUnload: true });
    for (let i = 0; i < 100 && (await statements("cem")).filter((s) => verbOf(s) === "suspended").length < Number(session.at(-1)); i++) await sleep(50);
  }
  const found = await statements("cem");
  assert.deepEqual(found.map(verbOf).sort(), ["initialized", "initialized", "suspended", "suspended"]);
  assert.equal(new Set(found.map((s) => s.context.registration)).size, 1, "one attempt");
});

test("a commit without a good key is refused, as scorm-again reads it", async () => {
  const page = await open();
  const said = await page.evaluate((lmsCommitUrl) => {
    const api = new Scorm12API({ lmsCommitUrl, logLevel: 5 });
    api.LMSInitialize("");
    api.LMSSetValue("cmi.core.lesson_status", "completed");
    return [api.LMSCommit(""), api.LMSGetLastError()];
  }, commitUrl({ activity: "https://content.example/safety", account: "dan", key: "wk_unknown" }));
  assert.equal(said[0], "false");
  assert.notEqual(Number(said[1]), 0);
  assert.deepEqual(await statements("dan"), []);
});

test("what packages sent became facts", () => {
  const verbs = server.verbs();
  for (const [verb, count] of Object.entries({ initialized: 4, answered: 3, scored: 2, passed: 2, completed: 2, progressed: 1, suspended: 2, terminated: 2 })) {
    const seen = verbs[`http://adlnet.gov/expapi/verbs/${verb}`];
    assert.equal(seen?.count, count, verb);
    assert.ok(seen.meaning, `${verb} means nothing`);
  }
  const { rows } = server.kpi("completion_rate", "--param", "kind=lesson");
  assert.deepEqual([rows[0].num, rows[0].den], [2, 3], "two of three learners completed");
});
