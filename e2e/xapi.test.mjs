// Clients of the record store that we did not write, @xapi/xapi and tincanjs in
// Node, against the real server. Those of browsers are in browser-clients.test.mjs.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
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
