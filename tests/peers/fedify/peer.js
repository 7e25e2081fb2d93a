// The server: a Person and a Group with the keys of real Fedify applications, and what Fedify checks by default.
//
// Nothing is relaxed but what loopback needs: private addresses may be reached. Without a queue everything that an
// activity causes has happened when its request is answered.
import { createFederation, formatAcceptSignature, MemoryKvStore } from "@fedify/fedify";
import {
  Accept, Activity, Announce, Create, Endpoints, Follow, Group, Note, Page, Person, Undo,
} from "@fedify/fedify/vocab";

import { observe, schemeOf } from "./observing.js";

const ACTORS = { fred: Person, fedigroup: Group };
const CHALLENGE = formatAcceptSignature([
  { label: "sig1", components: ["@method", "@target-uri", "content-digest"].map((value) => ({ value, params: {} })), parameters: { created: true } },
]);

export class Peer {
  /** Deliveries, each as `observe` tells it and with the status it was answered. */
  received = [];
  /** [path, user agent] of each GET. */
  fetched = [];
  /** Objects by path. What is gone has null. */
  objects = new Map();
  /** Follows that this side has sent, and those of them that were accepted, by id. */
  follows = new Map();
  accepted = new Set();
  /** What was sent, by id: {activity, recipients}. */
  sent = new Map();
  /** Actors that follow one of this side's, by their id: Map of Maps by identifier. */
  followers = { fred: new Map(), fedigroup: new Map() };
  /** {scheme, challenge}: the signature scheme that deliveries must use to be let in. */
  demand = {};
  #kv = new MemoryKvStore();

  /** @param firstKnock the signature scheme to try first with a host: Fedify's default unless given. */
  constructor(origin, keys, firstKnock) {
    this.origin = origin;
    this.federation = createFederation({ kv: this.#kv, origin, firstKnock, allowPrivateAddress: true });
    this.#actors(keys);
    this.#documents();
    this.#inbox();
  }

  get context() {
    return this.federation.createContext(new URL(this.origin), undefined);
  }

  /** The signature scheme that a server has taken from us, as Fedify remembers it. */
  async schemeTakenBy(origin) {
    return (await this.#kv.get(["_fedify", "httpMessageSignaturesSpec", origin])) ?? null;
  }

  /** One request of the federation's side. */
  async answer(request) {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST") {
      this.fetched.push([pathname, request.headers.get("user-agent")]);
      return await this.federation.fetch(request, { contextData: undefined });
    }
    const { scheme, challenge } = this.demand;
    if (scheme && scheme !== schemeOf(request)) {
      this.received.push({ scheme: schemeOf(request), status: 401 });
      return new Response("", { status: 401, headers: challenge ? { "Accept-Signature": CHALLENGE } : {} });
    }
    const seen = await observe(request, this.context);
    const response = await this.federation.fetch(request, { contextData: undefined });
    this.received.push({ ...seen, status: response.status });
    return response;
  }

  #actors(keys) {
    this.federation
      .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
        if (!(identifier in ACTORS)) return null;
        const pairs = await context.getActorKeyPairs(identifier);
        return new ACTORS[identifier]({
          id: context.getActorUri(identifier),
          preferredUsername: identifier,
          name: identifier,
          summary: `<p>${identifier} on Fedify</p>`,
          inbox: context.getInboxUri(identifier),
          outbox: context.getOutboxUri(identifier),
          followers: context.getFollowersUri(identifier),
          endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
          url: context.getActorUri(identifier),
          publicKey: pairs[0].cryptographicKey,
          assertionMethods: pairs.map((pair) => pair.multikey),
        });
      })
      .setKeyPairsDispatcher((_context, identifier) => keys[identifier] ?? []);
    this.federation.setFollowersDispatcher("/users/{identifier}/followers", (_context, identifier) => ({
      items: [...this.followers[identifier].values()],
    }));
    this.federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
  }

  #documents() {
    const kept = (kind) => (_context, { identifier, id }) => this.objects.get(`/users/${identifier}/${kind}/${id}`) ?? null;
    this.federation.setObjectDispatcher(Note, "/users/{identifier}/notes/{id}", kept("notes"));
    this.federation.setObjectDispatcher(Page, "/users/{identifier}/pages/{id}", kept("pages"));
    this.federation.setObjectDispatcher(Follow, "/users/{identifier}/follows/{id}", kept("follows"));
  }

  #inbox() {
    this.federation
      .setInboxListeners("/users/{identifier}/inbox", "/inbox")
      .on(Follow, (context, follow) => this.#followed(context, follow))
      .on(Accept, (context, accept) => this.#answered(context, accept))
      .on(Undo, (context, undo) => this.#undone(context, undo))
      .on(Create, (context, create) => this.#posted(context, create))
      .on(Activity, () => {});
  }

  /** Accepts at once: the answer arrives before the Follow's own request has its answer. */
  async #followed(context, follow) {
    const identifier = context.parseUri(follow.objectId)?.identifier;
    const follower = await follow.getActor(context);
    this.followers[identifier].set(follower.id.href, follower);
    const accept = new Accept({
      id: new URL(`#accept/${crypto.randomUUID()}`, follow.objectId),
      actor: follow.objectId,
      to: follower.id,
      object: follow,
    });
    await context.sendActivity({ identifier }, follower, accept);
  }

  /** Counts only where it names a Follow that was sent from here, by id, and comes from the one it was sent to. */
  async #answered(context, accept) {
    const follow = await accept.getObject(context);
    const sent = follow instanceof Follow ? this.follows.get(follow.id?.href) : undefined;
    if (sent !== undefined && sent.objectId.href === accept.actorId?.href && sent.actorId.href === follow.actorId?.href) {
      this.accepted.add(follow.id.href);
    }
  }

  async #undone(context, undo) {
    const follow = await undo.getObject(context);
    const identifier = context.parseUri(follow?.objectId ?? null)?.identifier;
    if (follow instanceof Follow && follow.actorId?.href === undo.actorId?.href) {
      this.followers[identifier]?.delete(undo.actorId.href);
    }
  }

  /** The group passes on what is addressed to it (FEP-1b12). */
  async #posted(context, create) {
    const group = context.getActorUri("fedigroup");
    if (![...create.toIds, ...create.ccIds].some((uri) => uri.href === group.href)) return;
    const announce = new Announce({
      id: new URL(`#announce/${crypto.randomUUID()}`, group),
      actor: group,
      object: create,
      to: new URL("https://www.w3.org/ns/activitystreams#Public"),
      cc: context.getFollowersUri("fedigroup"),
    });
    await context.sendActivity({ identifier: "fedigroup" }, [...this.followers.fedigroup.values()], announce);
  }
}
