// A liftmark server on a directory of its own, for tests that talk to it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const binary = new URL("../bin/liftmark", import.meta.url).pathname;

export class Server {
  static async start() {
    const server = new Server();
    server.dir = mkdtempSync(join(tmpdir(), "liftmark-e2e-"));
    server.process = spawn(binary, ["serve", "--data", server.dir, "--listen", "127.0.0.1:0"]);
    server.log = "";
    for (const stream of [server.process.stdout, server.process.stderr]) stream.on("data", (d) => { server.log += d; });
    server.ended = new Promise((resolve) => server.process.once("exit", resolve));
    const file = join(server.dir, "server.json");
    for (let i = 0; i < 600; i++) {
      if (server.process.exitCode !== null) break;
      if (existsSync(file)) {
        server.url = JSON.parse(readFileSync(file, "utf8")).url;
        const ready = await fetch(`${server.url}/readyz`).catch(() => null);
        if (ready?.ok) return server;
      }
      await sleep(50);
    }
    server.process.kill("SIGKILL");
    throw new Error(`the server did not get ready:\n${server.log}`);
  }

  // run runs a command line while the server has the files open.
  run(...args) {
    return JSON.parse(execFileSync(binary, [...args, "--data", this.dir, "--json"], { encoding: "utf8" }));
  }

  // credential makes a credential and gives {id, secret}.
  credential(...args) { return this.run("credential", "add", ...args); }

  // facts waits until what arrived is in the facts, and gives a KPI's result.
  kpi(id, ...args) {
    this.run("facts", "wait");
    return this.run("kpi", "value", id, ...args);
  }

  // verbs gives the verbs of statements by IRI, with their counts and meanings.
  verbs() {
    this.run("facts", "wait");
    return Object.fromEntries(this.run("verb", "list").map((v) => [v.verb, v]));
  }

  async stop() {
    this.process.kill("SIGTERM");
    const code = await this.ended;
    rmSync(this.dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log}`);
  }
}
