/** What the recorder says and signs: the four kinds of content (formats §2, §4). */

import { checkPublicKey } from './ed25519.js';
import { b64url, parseDigest } from './encoding.js';
import { Refused } from './errors.js';
import { readEvent } from './event.js';
import { sha256 } from './hash.js';
import { asUri } from './identifiers.js';
import { canonicalBytes } from './jcs.js';
import { asCount, as32url, asSalt, asText, closed, isObject, oneOf } from './shapes.js';

const READERS = { event: eventOf, master: masterOf, key: keyOf, erasure: erasureOf };
const MAX_DEPTH = 32;

/**
 * `{kind, value, …}` of a content: `event` has `read` (event.js), `master` has `id`, `key` has
 * `{kid, x, owner, role, status, suspectSince}`, `erasure` has `of`, the leaf hash in hex.
 */
export function parseContent(json) {
  if (!isObject(json)) throw new Refused('{what} is not an object', { what: 'content' });
  const kind = oneOf(json.kind, 'kind', Object.keys(READERS));
  closed(json, 'content', ['kind', kind, 'salt']);
  asSalt(json.salt);
  if (depth(json) > MAX_DEPTH) throw new Refused('nested deeper than {most}', { most: MAX_DEPTH });
  if (!isObject(json[kind])) throw new Refused('{what} is not an object', { what: kind });
  return { kind, value: json[kind], ...READERS[kind](json[kind]) };
}

function depth(value) {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Object.keys(value).reduce((most, name) => Math.max(most, depth(value[name])), 0);
}

function eventOf(event) {
  return { read: readEvent(event) };
}

function masterOf(master) {
  if (asText(master.type, 'type') === '') throw new Refused('{what} lacks {name}', { what: 'master', name: 'type' });
  return { id: asUri(master.id) };
}

function erasureOf(erasure) {
  closed(erasure, 'erasure', ['of', 'reason']);
  asText(erasure.reason, 'reason');
  return { of: parseDigest(erasure.of) };
}

function keyOf(key) {
  closed(key, 'key', ['jwk', 'owner', 'role', 'status'], ['suspectSince']);
  closed(key.jwk, 'jwk', ['crv', 'kty', 'x']);
  oneOf(key.jwk.crv, 'crv', ['Ed25519']);
  oneOf(key.jwk.kty, 'kty', ['OKP']);
  const x = as32url(key.jwk.x, 'x');
  checkPublicKey(x);
  const status = oneOf(key.status, 'status', ['active', 'revoked']);
  if ('suspectSince' in key && status !== 'revoked') throw new Refused('suspectSince on a key that is not revoked');
  return {
    kid: kidOf(key.jwk),
    x,
    owner: asUri(key.owner),
    role: oneOf(key.role, 'role', ['admin', 'recorder', 'certifier', 'regulator']),
    status,
    suspectSince: 'suspectSince' in key ? asCount(key.suspectSince, 'suspectSince') : null,
  };
}

/** RFC 7638 thumbprint; for an OKP key of three members it is the digest of its canonical form. */
export function kidOf(jwk) {
  return b64url(sha256(canonicalBytes(jwk)));
}
