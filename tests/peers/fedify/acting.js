// What the peer's people do when a test says so. Each returns once everything was delivered, or throws.
import {
  Announce, Create, Delete, Follow, Like, Note, Page, PUBLIC_COLLECTION, Tombstone, Undo, Update,
} from "@fedify/fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const KINDS = { Note: [Note, "notes"], Page: [Page, "pages"] };

/** Sends to the actors with these ids, found as Fedify finds them. */
async function send(peer, identifier, recipients, activity) {
  const actors = await Promise.all(recipients.map((uri) => peer.context.lookupObject(uri)));
  await peer.context.sendActivity({ identifier }, actors, activity);
  peer.sent.set(activity.id.href, { activity, recipients });
  return { id: activity.id.href };
}

function fragment(peer, identifier, kind) {
  return new URL(`#${kind}/${crypto.randomUUID()}`, peer.context.getActorUri(identifier));
}

function keep(peer, object) {
  peer.objects.set(object.id.pathname, object);
  return object;
}

export async function follow(peer, { as, target }) {
  const { context } = peer;
  const id = context.getObjectUri(Follow, { identifier: as, id: crypto.randomUUID() });
  const made = new Follow({ id, actor: context.getActorUri(as), object: new URL(target), to: new URL(target) });
  peer.follows.set(id.href, keep(peer, made));
  return await send(peer, as, [target], made);
}

/** A Note or Page to the public; with `group` in the way of a group's member (FEP-1b12). */
export async function post(peer, { as, kind = "Note", content, name, group, inReplyTo, recipients }) {
  const { context } = peer;
  const [Kind, place] = KINDS[kind];
  const id = new URL(`/users/${as}/${place}/${crypto.randomUUID()}`, peer.origin);
  const made = new Kind({
    id,
    attribution: context.getActorUri(as),
    content,
    name,
    url: id,
    replyTarget: inReplyTo && new URL(inReplyTo),
    audience: group && new URL(group),
    published: Temporal.Now.instant(),
    tos: [PUBLIC_COLLECTION, ...(group ? [new URL(group)] : [])],
    ccs: [context.getFollowersUri(as)],
  });
  const create = wrap(peer, as, Create, keep(peer, made), new URL("#create", id));
  await send(peer, as, recipients ?? [group], create);
  return { id: id.href, activity: create.id.href };
}

function wrap(peer, identifier, Kind, object, id) {
  return new Kind({
    id,
    actor: peer.context.getActorUri(identifier),
    object,
    audiences: object.audienceIds,
    tos: object.toIds,
    ccs: object.ccIds,
  });
}

export async function edit(peer, { as, id, content, recipients }) {
  const edited = peer.objects.get(new URL(id).pathname).clone({ content, updated: Temporal.Now.instant() });
  keep(peer, edited);
  return await send(peer, as, recipients, wrap(peer, as, Update, edited, fragment(peer, as, "update")));
}

export async function remove(peer, { as, id, recipients }) {
  peer.objects.set(new URL(id).pathname, null);
  const made = new Delete({
    id: fragment(peer, as, "delete"),
    actor: peer.context.getActorUri(as),
    object: new Tombstone({ id: new URL(id) }),
    to: PUBLIC_COLLECTION,
  });
  return await send(peer, as, recipients, made);
}

async function toAll(peer, Kind, { as, object, recipients }) {
  const made = new Kind({
    id: fragment(peer, as, Kind.name.toLowerCase()),
    actor: peer.context.getActorUri(as),
    object: new URL(object),
    to: PUBLIC_COLLECTION,
  });
  return await send(peer, as, recipients, made);
}

export const like = (peer, order) => toAll(peer, Like, order);
export const announce = (peer, order) => toAll(peer, Announce, order);

/** Takes back what `id` names: a Follow, Like or Announce that was sent from here. */
export async function undo(peer, { as, id }) {
  const { activity, recipients } = peer.sent.get(id);
  const made = new Undo({ id: fragment(peer, as, "undo"), actor: activity.actorId, object: activity, tos: activity.toIds });
  return await send(peer, as, recipients, made);
}

/** Which signature scheme a server has taken from the peer. */
export async function scheme(peer, { origin }) {
  return await peer.schemeTakenBy(origin);
}

/** The actor or object that Fedify finds under a handle or an id. */
export async function lookup(peer, { target }) {
  const found = await peer.context.lookupObject(target);
  return found === null ? null : { type: found.constructor.name, id: found.id.href, name: found.name?.toString() };
}
