// The tracking API with Segment's own client for Node.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Analytics } from "@segment/analytics-node";
import { Server } from "./server.mjs";

let server, credential;
before(async () => {
  server = await Server.start();
  credential = server.credential("--label", "app", "--kind", "write_key", "--scope", "track");
});
after(() => server.stop());

test("@segment/analytics-node sends every call and all of them are taken", async () => {
  const analytics = new Analytics({ writeKey: credential.id, host: server.url, path: "/v1/batch", flushAt: 5, maxRetries: 2 });
  const failures = [];
  analytics.on("error", (e) => failures.push(e));
  const at = (minute) => new Date(Date.UTC(2026, 5, 1, 10, minute));
  analytics.group({ userId: "u1", groupId: "acme", traits: { name: "Acme", plan: "pro" }, timestamp: at(0) });
  analytics.track({ anonymousId: "visitor-1", event: "Report opened", properties: { source: "mail" }, timestamp: at(1) });
  analytics.identify({ userId: "u1", anonymousId: "visitor-1", traits: { email: "u1@acme.example", role: "admin" }, timestamp: at(2) });
  for (let i = 0; i < 12; i++) analytics.track({ userId: "u1", event: "Report opened", properties: { n: i }, timestamp: at(3 + i), messageId: `m-${i % 6}` });
  analytics.page({ userId: "u1", name: "Home", timestamp: at(20) });
  analytics.screen({ userId: "u1", name: "Settings", timestamp: at(21) });
  analytics.alias({ userId: "u1", previousId: "visitor-2", timestamp: at(22) });
  await analytics.closeAndFlush({ timeout: 10_000 });
  assert.deepEqual(failures, []);
  const events = Object.fromEntries(server.run("event", "list").map((e) => [e.event, e]));
  assert.equal(events["Report opened"].count, 7, "six ids, twice each, and one of the visitor");
  assert.ok(events.Home && events.Settings, JSON.stringify(Object.keys(events)));
  const links = server.run("link", "list").map((l) => [l.value, l.other].sort().join(" = "));
  assert.ok(links.some((l) => l.includes("visitor-1")), links.join("; "));
  assert.ok(links.some((l) => l.includes("visitor-2")), links.join("; "));
});

test("an event shows in a KPI within two seconds", async () => {
  const body = { writeKey: credential.id, batch: [{ type: "group", userId: "u9", groupId: "acme", traits: { createdAt: "2026-01-01" }, timestamp: "2026-01-01T00:00:00Z" }, { type: "track", userId: "u9", event: "Export made", messageId: "now-1", timestamp: "2026-06-02T12:00:00Z" }] };
  const sent = Date.now();
  const answer = await fetch(`${server.url}/v1/batch`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
  const key = server.credential("--label", "dashboards", "--kind", "api_key", "--scope", "api/read").secret;
  let value;
  while (!value && Date.now() - sent < 2000) {
    const r = await fetch(`${server.url}/api/v1/kpis/usage_per_account_month/value?from=2026-06-02&to=2026-06-03`, { headers: { Authorization: `Bearer ${key}` } });
    value = r.ok ? (await r.json()).rows?.[0]?.num : undefined;
  }
  assert.ok(value > 0, "the event is not in the KPI");
});
