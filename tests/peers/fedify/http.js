// Node's HTTP server in front of a handler that takes a Request and returns a Response.
import { Buffer } from "node:buffer";
import http from "node:http";

async function requestFrom(incoming) {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  const pieces = [];
  for await (const piece of incoming) pieces.push(piece);
  const bodiless = incoming.method === "GET" || incoming.method === "HEAD";
  return new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers,
    body: bodiless ? undefined : Buffer.concat(pieces),
  });
}

async function answer(handle, incoming, outgoing) {
  let response;
  try {
    response = await handle(await requestFrom(incoming));
  } catch (error) {
    console.error(error);
    response = new Response(String(error?.stack ?? error), { status: 500 });
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

/** Listens on a free port of the loopback interface and resolves to it. */
export function serve(handle) {
  const server = http.createServer((incoming, outgoing) => answer(handle, incoming, outgoing));
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}
