// A web site of learning content, on an origin of its own: pages that tests write
// and scripts of packages.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("node_modules", import.meta.url));

// serve answers with what routes say: a text, an object, or a function of the
// request; /package/NAME gives a file of node_modules.
export async function serve(routes) {
  const server = createServer((req, res) => {
    const path = new URL(req.url, "http://content").pathname;
    if (path.startsWith("/package/")) {
      res.writeHead(200, { "Content-Type": "text/javascript" }).end(readFileSync(`${packages}/${path.slice("/package/".length)}`));
      return;
    }
    let answer = routes[path];
    if (typeof answer === "function") answer = answer(req);
    if (answer === undefined) res.writeHead(404).end();
    else if (typeof answer === "string") res.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(answer);
    else res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
