// A liftmark server on a directory of its own, for tests that talk to it.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const binary = new URL("../bin/liftmark", import.meta.url).pathname;
const work = process.env.LIFTMARK_E2E_WORK ?? tmpdir();

// A test run that breaks off leaves no server behind. Where it cannot even do
// that, e2e/run reads the numbers of the processes and ends them.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

export class Server {
  // start serves an empty directory, or a copy of one.
  static async start(from) {
    const server = new Server();
    server.dir = mkdtempSync(join(work, "liftmark-e2e-"));
    if (from) cpSync(from, server.dir, { recursive: true });
    server.process = spawn(binary, ["serve", "--data", server.dir, "--listen", "127.0.0.1:0"]);
    server.kill = () => server.process.kill("SIGKILL");
    process.once("exit", server.kill);
    server.log = "";
    for (const stream of [server.process.stdout, server.process.stderr]) stream.on("data", (d) => { server.log += d; });
    server.ended = new Promise((resolve) => {
      server.process.once("exit", resolve);
      server.process.once("error", (e) => resolve(e.message));
    });
    if (server.process.pid) writeFileSync(`${server.dir}.pid`, String(server.process.pid));
    try {
      await server.ready();
    } catch (e) {
      await server.end();
      throw e;
    }
    return server;
  }

  // ready waits until the server answers.
  async ready() {
    const file = join(this.dir, "server.json");
    for (let i = 0; i < 600; i++) {
      const over = await Promise.race([this.ended, sleep(50, undefined)]);
      if (over !== undefined) throw new Error(`the server ended with ${over}:\n${this.log}`);
      if (!existsSync(file)) continue;
      this.url = JSON.parse(readFileSync(file, "utf8")).url;
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
    }
    throw new Error(`the server did not get ready:\n${this.log}`);
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

  // stop asks the server to end, as an administrator does.
  async stop() {
    this.process.kill("SIGTERM");
    const code = await Promise.race([this.ended, sleep(20_000, "nothing within 20 s", { ref: false })]);
    await this.end();
    if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.log}`);
  }

  // end ends the server at once, if it still runs, and removes its data.
  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) this.kill();
    await this.ended;
    process.removeListener("exit", this.kill);
    for (const path of [this.dir, `${this.dir}.pid`]) rmSync(path, { recursive: true, force: true });
  }
}
