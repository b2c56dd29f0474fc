// Clients of the record store that run in learners' browsers, on the origin of the
// content: @xapi/xapi with attachments, @xapi/cmi5, and scorm-again.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { serve } from "./content.mjs";
import { Server } from "./server.mjs";

const learner = { objectType: "Agent", name: "Ann", account: { homePage: "https://lms.example", name: "ann" } };
let server, credential, site, browser, auth;
before(async () => {
  server = await Server.start();
  credential = server.credential("--label", "content", "--scope", "all");
  auth = `Basic ${Buffer.from(`${credential.id}:${credential.secret}`).toString("base64")}`;
  site = await serve({
    "/xapi": `<!doctype html><title>content</title><script src="/package/@xapi/xapi/dist/XAPI.umd.js"></script>`,
    "/cmi5": `<!doctype html><title>unit</title><script src="/package/@xapi/cmi5/dist/Cmi5.umd.js"></script>`,
    "/scorm": `<!doctype html><title>package</title><script src="/package/scorm-again/dist/scorm-again.js"></script>`,
    "/fetch": () => ({ "auth-token": auth.slice(6) }), // the learning platform hands the token out
    "/blank": "<!doctype html><title>gone</title>", "/favicon.ico": "",
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
  await server?.stop();
});

async function open(path) {
  const page = await (await browser.newContext()).newPage();
  page.problems = [];
  page.on("console", (m) => m.type() === "error" && page.problems.push(m.text()));
  page.on("pageerror", (e) => page.problems.push(e.message));
  await page.goto(site.url + path);
  return page;
}

// ask asks the record store, as a report would.
async function ask(path) {
  const answer = await fetch(`${server.url}/xapi/${path}`, { headers: { Authorization: auth, "X-Experience-API-Version": "1.0.3" } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}
const verbsOf = (answer) => answer.statements.map((s) => s.verb.id.split("/").pop());

test("@xapi/xapi sends attachments from a page and gets them back", async () => {
  const page = await open("/xapi");
  const back = await page.evaluate(async ({ endpoint, auth, learner }) => {
    const client = new XAPI({ endpoint, auth });
    const data = new TextEncoder().encode("a certificate").buffer;
    const sha2 = [...new Uint8Array(await crypto.subtle.digest("SHA-256", data))].map((b) => b.toString(16).padStart(2, "0")).join("");
    const statement = { actor: learner, verb: { id: "http://adlnet.gov/expapi/verbs/completed" }, object: { id: "https://lms.example/course/a" },
      attachments: [{ usageType: "http://id.tincanapi.com/attachment/certificate-of-completion", display: { en: "Certificate" }, contentType: "text/plain", length: 13, sha2 }] };
    const { data: [id] } = await client.sendStatement({ statement, attachments: [data] });
    const answer = await client.getStatement({ statementId: id, attachments: true });
    return { id, type: answer.headers["content-type"], text: JSON.stringify(answer.data) };
  }, { endpoint: `${server.url}/xapi/`, auth, learner });
  assert.match(back.type, /^multipart\/mixed/);
  assert.ok(back.text.includes(back.id) && back.text.includes("a certificate"), back.text);
  assert.deepEqual(page.problems, []);
});

test("@xapi/cmi5 takes an assignable unit from launch to the end", async () => {
  const registration = randomUUID(), activityId = "https://lms.example/au/1";
  const put = (path, body) => fetch(`${server.url}/xapi/${path}`, { method: "PUT", body: JSON.stringify(body), headers: { Authorization: auth, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json", "If-None-Match": "*" } });
  const agent = encodeURIComponent(JSON.stringify(learner));
  const launched = await put(`activities/state?agent=${agent}&activityId=${encodeURIComponent(activityId)}&registration=${registration}&stateId=LMS.LaunchData`, {
    contextTemplate: { contextActivities: { grouping: [{ objectType: "Activity", id: "https://lms.example/course/cmi5" }] }, extensions: { "https://w3id.org/xapi/cmi5/context/extensions/sessionid": "session-1" } },
    launchMode: "Normal", moveOn: "CompletedAndPassed", masteryScore: 0.8,
  });
  assert.equal(launched.status, 204, await launched.text());
  const liked = await put(`agents/profile?agent=${agent}&profileId=cmi5LearnerPreferences`, { languagePreference: "en-US", audioPreference: "off" });
  assert.equal(liked.status, 204, await liked.text());
  const query = new URLSearchParams({ endpoint: `${server.url}/xapi/`, fetch: `${site.url}/fetch`, actor: JSON.stringify(learner), registration, activityId });
  const page = await open(`/cmi5?${query}`);
  await page.evaluate(async () => {
    const unit = new Cmi5();
    await unit.initialize();
    await unit.progress(50);
    await unit.interactionChoice("test", "q1", ["b"], ["b"], [{ id: "a", description: { en: "Red" } }, { id: "b", description: { en: "Blue" } }], { en: "Which colour?" }, undefined, true);
    await unit.pass({ scaled: 0.9 });
    await unit.complete();
    await unit.terminate();
  });
  assert.deepEqual(page.problems, []);
  assert.deepEqual(verbsOf(await ask(`statements?registration=${registration}&ascending=true`)), ["initialized", "progressed", "answered", "passed", "completed", "terminated"]);
});

test("what the unit sent became facts", () => {
  const verbs = server.verbs();
  for (const verb of ["initialized", "progressed", "answered", "passed", "completed", "terminated"]) {
    const seen = verbs[`http://adlnet.gov/expapi/verbs/${verb}`];
    assert.ok(seen?.count > 0 && seen.meaning, `${verb}: ${JSON.stringify(seen)}`);
  }
});
