// What Fedify makes of a delivery: the signature of the request, the proofs in it, and the object it resolves to.
import { detachSignature, doesActorOwnKey, verifyObject, verifyRequest } from "@fedify/fedify";
import { Activity, Object as AnyObject } from "@fedify/fedify/vocab";

/** @returns {"rfc9421" | "draft-cavage" | null} */
export function schemeOf(request) {
  if (request.headers.has("signature-input")) return "rfc9421";
  return request.headers.has("signature") ? "draft-cavage" : null;
}

/** Whether the actors of the activity themselves made this document. A linked-data signature came after the proof. */
async function proved(document, loaders) {
  if (typeof document !== "object" || document?.proof == null) return false;
  return (await verifyObject(Activity, detachSignature(document), loaders)) !== null;
}

/** The key that signed the request, where the signature holds and the activity's actor owns that key; else null. */
async function signingKey(request, activity, loaders) {
  const key = await verifyRequest(request.clone(), loaders);
  if (key === null || !(await doesActorOwnKey(activity, key, loaders))) return null;
  return key.id.href;
}

/** What an application gets that asks Fedify for the object: embedded ones of another origin are fetched by id. */
async function resolved(activity, loaders) {
  const object = await activity.getObject({ ...loaders, suppressError: true });
  if (!(object instanceof AnyObject)) return null;
  return { type: object.constructor.name, id: object.id?.href, content: object.content?.toString() ?? null };
}

/** Judges a delivery as a whole; the request is left unread. */
export async function observe(request, loaders) {
  const document = await request.clone().json();
  const activity = await Activity.fromJsonLd(document, loaders);
  return {
    inbox: new URL(request.url).pathname,
    activity: document,
    kind: activity.constructor.name,
    scheme: schemeOf(request),
    key: await signingKey(request, activity, loaders),
    proved: await proved(document, loaders),
    innerProved: await proved(document.object, loaders),
    object: await resolved(activity, loaders),
  };
}
