// How tests lead the peer: plain JSON over HTTP, on a port of its own.
//
// POST /reset {names, firstKnock}: a new server, `names` being the ports of those it may reach. POST /demand {scheme, challenge}.
// POST /VERB {as, ...}: a function of `acting`. GET /state: what came, what was asked for, who follows whom.
import * as acting from "./acting.js";
import { point, unknown } from "./names.js";
import { Peer } from "./peer.js";

export class Control {
  constructor(origin, keys) {
    this.origin = origin;
    this.keys = keys;
    this.peer = new Peer(origin, keys);
  }

  async answer(request) {
    const verb = new URL(request.url).pathname.slice(1);
    if (verb === "state") return Response.json(this.#state());
    return Response.json(await this.#act(verb, await request.json()));
  }

  async #act(verb, order) {
    if (verb === "reset") {
      point(order.names);
      this.peer = new Peer(this.origin, this.keys, order.firstKnock);
      return {};
    }
    if (verb === "demand") {
      this.peer.demand = order;
      return {};
    }
    if (!(verb in acting)) throw new Error(`no such verb: ${verb}`);
    return await acting[verb](this.peer, order);
  }

  #state() {
    const { received, fetched, accepted, followers } = this.peer;
    return {
      received,
      fetched,
      accepted: [...accepted],
      followers: Object.fromEntries(Object.entries(followers).map(([name, found]) => [name, [...found.keys()]])),
      unknown,
    };
  }
}
