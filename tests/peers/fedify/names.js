// Where this process may connect to: the names that a test gives, each on its port of this machine, and nothing else.
import net from "node:net";

import { Agent, setGlobalDispatcher } from "undici";

const ports = new Map();

/** Names that something tried to reach though no test gave them: a JSON-LD context to be fetched, for instance. */
export const unknown = [];

export function point(names) {
  ports.clear();
  unknown.length = 0;
  for (const [name, port] of Object.entries(names)) ports.set(name, port);
}

// Plain TCP for https too: Fedify asks WebFinger by https alone, and the servers of a test speak plain http.
function connect({ hostname }, done) {
  const port = ports.get(hostname);
  if (port === undefined) {
    unknown.push(hostname);
    done(new Error(`no test gave the name ${hostname}`), null);
    return;
  }
  const socket = net.connect({ host: "127.0.0.1", port });
  socket.once("error", (error) => done(error, null));
  socket.once("connect", () => {
    socket.removeAllListeners("error");
    done(null, socket);
  });
}

setGlobalDispatcher(new Agent({ connect, pipelining: 0 }));
