// A client on masto.js, driven by a test: one JSON command a line in, one JSON answer a line out. It lets itself be
// called as a program that uses the library would: by path, `v1.statuses.create`, with the parameters of that method.
import { createInterface } from "node:readline";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";

const [base] = process.argv.slice(2);
const clients = { oauth: createOAuthAPIClient({ url: base }), rest: createRestAPIClient({ url: base }) };
let accessToken;
const heard = [];

// `$select` of the library stands here as {"select": "id"} in the path.
const reach = (root, path) =>
  path.reduce((at, step) => (typeof step === "object" ? at.$select(step.select) : at[step]), root);

const commands = {
  // In the name of the one who has let the app in.
  async token({ token }) {
    accessToken = token;
    clients.rest = createRestAPIClient({ url: base, accessToken });
  },
  async call({ client = "rest", path, parameters = [] }) {
    const method = path.at(-1);
    const owner = reach(clients[client], path.slice(0, -1));
    return owner[method](...parameters);
  },
  async upload({ picture, description }) {
    const file = new Blob([Buffer.from(picture, "base64")], { type: "image/png" });
    return clients.rest.v2.media.create({ file, description });
  },
  async stream({ url, stream }) {
    const socket = createStreamingAPIClient({ streamingApiUrl: url, accessToken });
    const events = socket[stream].subscribe();
    (async () => {
      for await (const event of events) heard.push({ event: event.event, stream: event.stream, payload: event.payload });
    })();
    await socket.prepare?.();
  },
  async heard() {
    return heard;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  try {
    const answer = await commands[command](parameters);
    process.stdout.write(`${JSON.stringify({ answer: answer ?? null })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: String(error.message ?? error), status: error.statusCode })}\n`);
  }
}
process.exit(0);
