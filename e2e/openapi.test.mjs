// The description of the API, for tools that we did not write: @redocly/cli finds
// nothing wrong with it, and ajv finds that the answers of every operation are as
// described, on the data of a demo company.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { Server } from "./server.mjs";

let server, description, ajv, token, other;
let ill = true; // whether the other record store is
const answered = new Set();
before(async () => {
  server = await Server.start(join(process.env.LIFTMARK_E2E_DEMO, "data"));
  description = await (await fetch(`${server.url}/api/v1/openapi.json`)).json();
  ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  ajv.addSchema({ $id: "api", components: description.components });
  token = JSON.parse(readFileSync(join(server.dir, "server.json"), "utf8")).token;
  other = createServer(async (request, response) => { // a record store, as far as forwarding needs one
    const statements = [].concat(await json(request));
    response.writeHead(ill ? 500 : 200, { "Content-Type": "application/json" }).end(JSON.stringify(statements.map((s) => s.id)));
  });
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  other?.close();
  await server?.stop();
});

// ask sends a request and gives its answer, which must be as described.
async function ask(method, template, { at = {}, query = {}, body, type = "application/json", headers } = {}) {
  const operation = description.paths[template]?.[method.toLowerCase()];
  assert.ok(operation, `there is no ${method} ${template}`);
  const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(at[name]));
  const response = await fetch(`${server.url}/api/v1${path}?${new URLSearchParams(query)}`, {
    method, headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": type }), ...headers },
    body: body && (type === "application/json" ? JSON.stringify(body) : body),
  });
  const name = `${method} ${template}: ${response.status}`;
  const described = operation.responses[response.status];
  if (!described) assert.fail(`${name} is not described: ${await response.text()}`);
  if (response.ok) answered.add(`${method} ${template}`);
  if (response.status === 204) {
    assert.equal(await response.text(), "", name);
    return {};
  }
  const media = response.headers.get("Content-Type").split(";")[0];
  assert.ok(described.content?.[media], `${name} has the type ${media}, described are ${Object.keys(described.content ?? {})}`);
  if (media === "text/event-stream") return { status: response.status, stream: response.body };
  if (!/[/+]json$/.test(media)) return { status: response.status, data: new Uint8Array(await response.arrayBuffer()) };
  const said = await response.json();
  const valid = ajv.compile(described.content[media].schema.$ref ? { $ref: `api${described.content[media].schema.$ref}` } : described.content[media].schema);
  assert.ok(valid(said), `${name} is not as described: ${ajv.errorsText(valid.errors)}\n${JSON.stringify(said).slice(0, 2000)}`);
  return { status: response.status, said };
}

// good is ask for what must succeed.
async function good(...request) {
  const { status, ...answer } = await ask(...request);
  assert.ok(status === undefined || status < 300, `${request.slice(0, 2).join(" ")}: ${status} ${JSON.stringify(answer)}`);
  return answer;
}

// send posts to a protocol, by a credential for it.
async function send(path, body) {
  const { said: key } = await good("POST", "/credentials", { body: { label: "LMS", scopes: ["all", "track"] } });
  const response = await fetch(server.url + path, {
    method: "POST", body: JSON.stringify(body),
    headers: { Authorization: `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString("base64")}`, "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3" },
  });
  assert.equal(response.status, 200, await response.text());
}

const agent = { objectType: "Agent", mbox: "mailto:ann@api.example" };
const verb = "https://api.example/verbs/tasted";
const statement = () => ({ id: randomUUID(), actor: agent, verb: { id: verb }, object: { id: "https://lms.example/course/a" } });

// heldUp waits until the other store did not take what was forwarded to it.
async function heldUp(name) {
  for (let i = 0; i < 200; i++) {
    const { said } = await good("GET", "/forwardings");
    if (said.items.find((f) => f.name === name).last_error) return;
    await sleep(50);
  }
  assert.fail("nothing is forwarded");
}

test("the description is without a fault", () => {
  const file = join(server.dir, "openapi.json");
  writeFileSync(file, JSON.stringify(description));
  const said = execFileSync(process.execPath, ["node_modules/@redocly/cli/bin/cli.js", "lint", file, "--format=json", "--extends=recommended"], {
    encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  });
  assert.deepEqual(JSON.parse(said).totals, { errors: 0, warnings: 0, ignored: 0 });
});

test("KPIs, studies, reports", async () => {
  const { said: kpis } = await good("GET", "/kpis", { query: { limit: 200 } });
  assert.ok(kpis.items.length >= 29);
  for (const { id } of kpis.items) {
    const { said: kpi } = await good("GET", "/kpis/{kpi}", { at: { kpi: id } });
    const needed = Object.entries(kpi.params ?? {}).filter(([, p]) => p.required);
    const query = needed.map(([name, p]) => ["param", `${name}=${Object.keys(p.choices ?? { 90: 0 })[0]}`]);
    await good("GET", "/kpis/{kpi}/value", { at: { kpi: id }, query });
  }
  const by = { grain: "quarter", by: "account.plan", zone: "Europe/Berlin" };
  assert.ok((await good("GET", "/kpis/{kpi}/value", { at: { kpi: "churn_rate" }, query: by })).said.rows.length > 2);
  const { said: studies } = await good("GET", "/studies");
  const { id } = studies.items[0];
  await good("GET", "/studies/{id}", { at: { id } });
  await good("POST", "/studies/run", { body: { studies: [id] } });
  await good("POST", "/report/impact", { body: { studies: [id] } });
});

test("statements, events, people", async () => {
  await send("/xapi/statements", statement());
  const batch = [{ type: "track", event: "Report Tasted", userId: "ann", messageId: randomUUID() }, { type: "identify", userId: "ann", traits: { email: "ann@api.example" } }];
  await send("/v1/batch", { batch });

  await good("POST", "/facts/catch-up");
  await good("GET", "/facts");
  await good("GET", "/activities");
  await good("GET", "/actors");
  await good("GET", "/verbs");
  await good("PUT", "/verbs", { body: { verb, meaning: "completed" } });
  await good("DELETE", "/verbs", { query: { verb } });
  assert.ok((await good("GET", "/events")).said.items.some((e) => e.event === "Report Tasted"));
  await good("PUT", "/events/mapping", { body: { event: "Report Tasted", feature: "reports" } });
  await good("GET", "/events");
  await good("DELETE", "/events/mapping", { query: { event: "Report Tasted" } });
  await good("PUT", "/events/plan", { body: { strict: false, events: [{ name: "Report Tasted" }] } });
  await good("GET", "/events/plan");
  await good("PUT", "/events/strict", { body: { strict: false } });
  await good("GET", "/events/strict");
  const { said: link } = await good("POST", "/identity/links", { body: { value: "ann", other: "anna" } });
  await good("GET", "/identity/links");
  await good("DELETE", "/identity/links/{id}", { at: { id: link.id } });
  await good("POST", "/facts/rebuild");

  const { stream } = await good("GET", "/statements/stream", { query: { after: 0 } });
  await stream.cancel();
  for (const format of ["csv", "parquet"]) await good("GET", "/exports/facts/{fact}", { at: { fact: "learning" }, query: { format } });
  for (const format of ["csv", "parquet", "jsonl"]) await good("GET", "/exports/statements", { query: { format } });

  const who = { identities: [JSON.stringify(agent)] };
  await good("POST", "/actors/find", { body: who });
  await good("POST", "/actors/export", { body: who });
  const { said: receipt } = await good("POST", "/actors/erase", { body: who });
  await good("GET", "/erasures");
  await good("GET", "/erasures/{id}", { at: { id: receipt.id } });
});

test("credentials, forwarding, retention, imports, operation", async () => {
  const { said: key } = await good("POST", "/credentials", { body: { label: "one", kind: "api_key" } });
  await good("POST", "/credentials", { body: { label: "staff", kind: "oidc", issuer: "https://id.example.com", audience: "liftmark" } });
  await good("GET", "/credentials");
  await good("DELETE", "/credentials/{id}", { at: { id: key.id } });

  const forwarding = { name: "backup", endpoint: `http://127.0.0.1:${other.address().port}/xapi`, key: "k", secret: "s", from: "beginning" };
  const at = { name: "backup" };
  await send("/xapi/statements", { ...statement(), actor: { mbox: "mailto:bob@api.example" } });
  await good("POST", "/forwardings", { body: forwarding });
  await heldUp("backup");
  await good("POST", "/forwardings/{name}/skip", { at });
  ill = false;
  await good("PUT", "/forwardings/{name}", { at, body: { ...forwarding, paused: true } });
  await good("GET", "/forwardings");
  await good("GET", "/forwardings/{name}/dead-letters", { at });
  await good("POST", "/forwardings/{name}/dead-letters/replay", { at, body: {} });
  await good("POST", "/forwardings/{name}/dead-letters/discard", { at, body: {} });
  await good("DELETE", "/forwardings/{name}", { at });

  await good("PUT", "/retention", { body: { days: 3650, keep_facts: true } });
  await good("GET", "/retention");
  await good("POST", "/statements/delete", { body: { to: "2020-01-01T00:00:00Z", dry_run: true } });

  const folder = join(server.dir, "more");
  mkdirSync(folder);
  writeFileSync(join(folder, "tickets.csv"), "ticket_id,account_id,opened_at\nT-api-1,A-1,2026-01-05\n");
  await good("POST", "/imports/suggest", { body: { paths: [folder] } });
  const { said: report } = await good("POST", "/imports", { body: { paths: [folder] } });
  await good("GET", "/imports");
  await good("POST", "/imports/{batch}/rollback", { at: { batch: report.batch } });
  await good("POST", "/backup", { body: { path: join(server.dir, "more", "copy.liftmark") } });
  await good("GET", "/status");
  await good("GET", "/workspaces");
});

test("refusals are problems", async () => {
  for (const [status, ...request] of [
    [404, "GET", "/kpis/{kpi}", { at: { kpi: "none" } }],
    [422, "GET", "/kpis/{kpi}/value", { at: { kpi: "churn_rate" }, query: { grain: "decade" } }],
    [422, "POST", "/credentials", { body: { label: "x", scopes: ["everything"] } }],
    [400, "POST", "/credentials", { body: "{", type: "application/json; charset=utf-8" }],
    [401, "GET", "/status", { headers: { Authorization: "Bearer lm_a_b" } }],
    [404, "DELETE", "/credentials/{id}", { at: { id: "none" } }],
  ]) {
    const answer = await ask(...request);
    assert.equal(answer.status, status, JSON.stringify(answer.said));
    assert.ok(answer.said.detail);
  }
});

test("every operation was answered", () => {
  const all = Object.entries(description.paths).flatMap(([path, ways]) => Object.keys(ways).map((way) => `${way.toUpperCase()} ${path}`));
  assert.deepEqual(all.filter((name) => !answered.has(name)), []);
});
