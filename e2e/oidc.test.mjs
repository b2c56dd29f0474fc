// Access tokens of an OpenID provider that we did not write, oidc-provider, let
// a client of the record store in.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import Provider from "oidc-provider";
import { Server } from "./server.mjs";

const audience = "https://liftmark.example.com";
let server, identity;
before(async () => {
  identity = await startProvider();
  server = await Server.start();
});
after(async () => {
  await server?.stop();
  identity?.listener.close();
});

// signingKey makes a key of a provider.
function signingKey(kid, alg) {
  const { privateKey } = alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

// configuration lets two clients act for themselves, with tokens that are JWT.
const configuration = (keys) => ({
  clients: ["player", "reader"].map((id) => ({
    client_id: id, client_secret: `secret of ${id}`, grant_types: ["client_credentials"], redirect_uris: [], response_types: [],
  })),
  scopes: ["openid", "lrs:statements/write", "lrs:statements/read/mine", "lrs:all"],
  jwks: { keys },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: "lrs:statements/write lrs:statements/read/mine lrs:all", audience: resource, accessTokenTTL: 600, accessTokenFormat: "jwt",
        jwt: { sign: { alg: keys[0].alg } },
      }),
    },
  },
});

// startProvider listens first: a provider is made for its address.
async function startProvider() {
  const listener = createServer((request, response) => handle(request, response));
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${listener.address().port}`;
  let handle;
  const use = (...keys) => { handle = new Provider(issuer, configuration(keys)).callback(); };
  use(signingKey("first", "RS256"));
  const token = async (client, scope, resource = audience) => {
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${Buffer.from(`${client}:${encodeURIComponent(`secret of ${client}`)}`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope, resource }),
    });
    const said = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(said));
    return said.access_token;
  };
  return { listener, issuer, use, token };
}

const statement = () => ({ id: randomUUID(), actor: { mbox: "mailto:ann@example.com" }, verb: { id: "http://adlnet.gov/expapi/verbs/completed" }, object: { id: "https://lms.example/course/a" } });

// ask sends a request to the record store and gives [status, body, seconds to wait].
async function ask(token, method, query = "", body) {
  const answer = await fetch(`${server.url}/xapi/statements${query}`, {
    method, body: body && JSON.stringify(body),
    headers: { Authorization: `Bearer ${token}`, "X-Experience-API-Version": "1.0.3", ...(body && { "Content-Type": "application/json" }) },
  });
  return [answer.status, await answer.json(), Number(answer.headers.get("Retry-After"))];
}

test("tokens of oidc-provider let in, for their audience, with their scopes", async () => {
  const [early, why] = await ask(await identity.token("player", "lrs:all"), "GET");
  assert.equal(early, 401);
  assert.match(JSON.stringify(why), /no workspace lets in/);
  const trust = server.credential("--label", "players", "--kind", "oidc", "--issuer", identity.issuer, "--audience", audience, "--scope-prefix", "lrs:");
  assert.equal(trust.secret, undefined);

  const sent = statement();
  assert.deepEqual(await ask(await identity.token("player", "lrs:statements/write"), "POST", "", sent), [200, [sent.id], 0]);
  const [, found] = await ask(await identity.token("player", "lrs:statements/read/mine"), "GET", `?statementId=${sent.id}`);
  assert.deepEqual(found.authority, { objectType: "Agent", account: { homePage: identity.issuer, name: "player" } });
  assert.equal((await ask(await identity.token("reader", "lrs:statements/read/mine"), "GET", `?statementId=${sent.id}`))[0], 404);
  assert.equal((await ask(await identity.token("reader", "lrs:all"), "GET", `?statementId=${sent.id}`))[0], 200);
  assert.equal((await ask(await identity.token("player", "lrs:statements/write"), "GET"))[0], 403);
  assert.equal((await ask(await identity.token("player", "lrs:all", "https://other.example.com"), "GET"))[0], 401);

  const listed = server.run("credential", "list").find((c) => c.id === trust.id);
  assert.equal(listed.issuer, identity.issuer);
  assert.ok(listed.last_used_at);
});

test("a provider changes its keys, and trust is taken back", async () => {
  const old = await identity.token("player", "lrs:all");
  identity.use(signingKey("second", "ES256"), signingKey("third", "RS256"));
  const token = await identity.token("player", "lrs:all");
  let [status, , wait] = await ask(token, "GET");
  if (status === 503) { // the keys were read a moment ago: the client is told when to come again
    await sleep(wait * 1000);
    [status] = await ask(token, "GET");
  }
  assert.equal(status, 200);
  assert.notEqual((await ask(old, "GET"))[0], 200);
  server.run("credential", "revoke", server.run("credential", "list")[0].id);
  assert.equal((await ask(token, "GET"))[0], 401);
});
