// Clients of the record store that we did not write: @xapi/xapi, tincanjs and
// @xapi/cmi5, against the real server.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import Cmi5 from "@xapi/cmi5/dist/Cmi5.esm.js";
import XAPIModule from "@xapi/xapi";
import TinCan from "tincanjs";
import { Server } from "./server.mjs";

const XAPI = XAPIModule.default ?? XAPIModule; // CommonJS inside: its default is one level deeper in Node

const learner = { objectType: "Agent", name: "Ann", account: { homePage: "https://lms.example", name: "ann" } };
let server, credential;
before(async () => {
  server = await Server.start();
  credential = server.credential("--label", "clients", "--scope", "all");
});
after(() => server.stop());

const basic = () => `Basic ${Buffer.from(`${credential.id}:${credential.secret}`).toString("base64")}`;
const xapi = () => new XAPI({ endpoint: `${server.url}/xapi/`, auth: basic() });

const did = (verb, object, more = {}) => ({ actor: learner, verb: { id: `http://adlnet.gov/expapi/verbs/${verb}`, display: { "en-US": verb } }, object: { objectType: "Activity", id: object }, ...more });

test("@xapi/xapi stores, finds, pages, voids", async () => {
  const client = xapi();
  const about = await client.getAbout();
  assert.ok(about.data.version.includes("1.0.3") && about.data.version.includes("2.0.0"));
  const course = "https://lms.example/course/a";
  const { data: ids } = await client.sendStatements({ statements: [1, 2, 3].map((n) => did("experienced", course, { result: { score: { scaled: n / 10 } } })) });
  assert.equal(ids.length, 3);
  const one = await client.getStatement({ statementId: ids[1] });
  assert.equal(one.data.result.score.scaled, 0.2);
  assert.equal(one.headers["x-experience-api-version"], "1.0.3");
  const page = await client.getStatements({ activity: course, agent: learner, limit: 2 });
  assert.deepEqual(page.data.statements.map((s) => s.id), [ids[2], ids[1]]);
  const more = await client.getMoreStatements({ more: page.data.more });
  assert.deepEqual(more.data.statements.map((s) => s.id), [ids[0]]);
  await client.voidStatement({ actor: learner, statementId: ids[0] });
  await assert.rejects(client.getStatement({ statementId: ids[0] }), (e) => e.response.status === 404);
  assert.equal((await client.getVoidedStatement({ voidedStatementId: ids[0] })).data.id, ids[0]);
});

test("@xapi/xapi sends and gets attachments", async () => {
  const client = xapi();
  const text = new TextEncoder().encode("a certificate").buffer;
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", text)).toString("hex");
  const statement = did("completed", "https://lms.example/course/a", {
    attachments: [{ usageType: "http://id.tincanapi.com/attachment/certificate-of-completion", display: { en: "Certificate" }, contentType: "text/plain", length: 13, sha2: digest }],
  });
  const { data: [id] } = await client.sendStatement({ statement, attachments: [text] });
  const back = await client.getStatement({ statementId: id, attachments: true });
  assert.equal(back.data[0].id, id);
  assert.ok(JSON.stringify(back.data).length > 0 && back.headers["content-type"].startsWith("multipart/mixed"));
});

test("@xapi/xapi keeps documents, with their conditions", async () => {
  const client = xapi();
  const at = { agent: learner, activityId: "https://lms.example/course/a" };
  await client.createState({ ...at, stateId: "bookmark", state: { page: 1 } });
  await client.createState({ ...at, stateId: "bookmark", state: { sound: false } });
  assert.deepEqual((await client.getState({ ...at, stateId: "bookmark" })).data, { page: 1, sound: false });
  assert.deepEqual((await client.getStates(at)).data, ["bookmark"]);
  await client.setAgentProfile({ agent: learner, profileId: "likes", profile: { dark: true }, etag: "*", matchHeader: "If-None-Match" });
  const profile = await client.getAgentProfile({ agent: learner, profileId: "likes" });
  await client.setAgentProfile({ agent: learner, profileId: "likes", profile: { dark: false }, etag: profile.headers.etag, matchHeader: "If-Match" });
  await assert.rejects(client.setAgentProfile({ agent: learner, profileId: "likes", profile: {}, etag: profile.headers.etag, matchHeader: "If-Match" }), (e) => e.response.status === 412);
  await client.createActivityProfile({ activityId: at.activityId, profileId: "p", profile: { a: 1 } });
  await client.deleteStates(at);
  assert.deepEqual((await client.getStates(at)).data, []);
  assert.deepEqual((await client.getAgent({ agent: learner })).data.account, [learner.account]);
  assert.equal((await client.getActivity({ activityId: at.activityId })).data.id, at.activityId);
});

const called = (object, method, ...args) => new Promise((resolve, reject) => {
  object[method](...args, { callback: (err, result) => (err === null || err === undefined ? resolve(result) : reject(new Error(`${method}: ${err} ${result?.responseText ?? ""}`))) });
});

test("tincanjs, which speaks 1.0.2, stores, queries and keeps state", async () => {
  const lrs = new TinCan.LRS({ endpoint: `${server.url}/xapi/`, username: credential.id, password: credential.secret, version: "1.0.2", allowFail: false });
  const id = randomUUID();
  await called(lrs, "saveStatement", new TinCan.Statement({ ...did("passed", "https://lms.example/quiz"), id, result: { success: true, score: { scaled: 0.9 }, duration: "PT1M" } }));
  const back = await called(lrs, "retrieveStatement", id);
  assert.equal(back.id, id);
  assert.equal(back.result.score.scaled, 0.9);
  const found = await new Promise((resolve, reject) => lrs.queryStatements({ params: { activity: new TinCan.Activity({ id: "https://lms.example/quiz" }), limit: 5 }, callback: (err, r) => (err ? reject(err) : resolve(r)) }));
  assert.deepEqual(found.statements.map((s) => s.id), [id]);
  const agent = new TinCan.Agent(learner), activity = new TinCan.Activity({ id: "https://lms.example/quiz" });
  await new Promise((resolve, reject) => lrs.saveState("progress", "page 7", { agent, activity, contentType: "text/plain", callback: (err) => (err ? reject(new Error(String(err))) : resolve()) }));
  const state = await new Promise((resolve, reject) => lrs.retrieveState("progress", { agent, activity, callback: (err, s) => (err ? reject(new Error(String(err))) : resolve(s)) }));
  assert.equal(state.contents, "page 7");
});

test("@xapi/cmi5 takes an assignable unit from launch to the end", async () => {
  const registration = randomUUID(), activityId = "https://lms.example/au/1";
  const client = xapi();
  await client.setState({ agent: learner, activityId, stateId: "LMS.LaunchData", registration, etag: "*", matchHeader: "If-None-Match", state: {
    contextTemplate: { contextActivities: { grouping: [{ objectType: "Activity", id: "https://lms.example/course/cmi5" }] }, extensions: { "https://w3id.org/xapi/cmi5/context/extensions/sessionid": "session-1" } },
    launchMode: "Normal", moveOn: "CompletedAndPassed", masteryScore: 0.8,
  } });
  await client.setAgentProfile({ agent: learner, profileId: "cmi5LearnerPreferences", etag: "*", matchHeader: "If-None-Match", profile: { languagePreference: "en-US", audioPreference: "off" } });
  // The learning platform hands out the token, once.
  const lms = createServer((_, res) => res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ "auth-token": basic().slice(6) })));
  await new Promise((resolve) => lms.listen(0, "127.0.0.1", resolve));
  try {
    const au = new Cmi5({ endpoint: `${server.url}/xapi/`, fetch: `http://127.0.0.1:${lms.address().port}/`, actor: learner, registration, activityId });
    await au.initialize();
    await au.progress(50);
    await au.interactionChoice("test", "q1", ["b"], ["b"], [{ id: "a", description: { en: "Red" } }, { id: "b", description: { en: "Blue" } }], { en: "Which colour?" }, undefined, true);
    await au.pass({ scaled: 0.9 });
    await au.complete();
    await au.terminate();
  } finally {
    lms.close();
  }
  const { data } = await client.getStatements({ registration, ascending: true });
  assert.deepEqual(data.statements.map((s) => s.verb.id.split("/").pop()), ["initialized", "progressed", "answered", "passed", "completed", "terminated"]);
});

test("what the clients sent means something", () => {
  const verbs = server.verbs();
  for (const verb of ["initialized", "progressed", "answered", "passed", "completed"]) {
    const seen = verbs[`http://adlnet.gov/expapi/verbs/${verb}`];
    assert.ok(seen?.count > 0 && seen.meaning, `${verb}: ${JSON.stringify(seen)}`);
  }
});

test("a browser on another origin may call the record store", async () => {
  const preflight = await fetch(`${server.url}/xapi/statements`, { method: "OPTIONS", headers: {
    Origin: "https://content.example", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type,x-experience-api-version,if-match",
  } });
  assert.ok(preflight.ok, `preflight answers ${preflight.status}`);
  const allowed = preflight.headers.get("access-control-allow-headers").toLowerCase();
  for (const header of ["authorization", "content-type", "x-experience-api-version", "if-match"]) assert.ok(allowed === "*" || allowed.includes(header), header);
  const answer = await fetch(`${server.url}/xapi/statements?limit=1`, { headers: { Origin: "https://content.example", Authorization: basic(), "X-Experience-API-Version": "1.0.3" } });
  assert.ok(answer.headers.get("access-control-allow-origin"));
  assert.match(answer.headers.get("access-control-expose-headers").toLowerCase(), /x-experience-api-consistent-through/);
});
