// Runs the peer until its standard input closes, so that it never outlives the test run that started it.
// Prints one line of JSON when it is ready: `port` serves the federation, `control` the tests.
import process from "node:process";

import { generateCryptoKeyPair } from "@fedify/fedify";

import { Control } from "./control.js";
import { serve } from "./http.js";

const host = process.argv[2];

/** RSA as large as Fedify makes it (4096 bits), and Ed25519, once for all tests of a run. */
async function keyPairs() {
  return await Promise.all(["RSASSA-PKCS1-v1_5", "Ed25519"].map((algorithm) => generateCryptoKeyPair(algorithm)));
}

const control = new Control(`http://${host}`, { fred: await keyPairs(), fedigroup: await keyPairs() });
const ports = {
  port: await serve((request) => control.peer.answer(request)),
  control: await serve((request) => control.answer(request)),
};
console.log(JSON.stringify(ports));
process.stdin.on("end", () => process.exit(0)).resume();
