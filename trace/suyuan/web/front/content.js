/** What the recorder says and signs: the four kinds of content (formats §2, §4). */

import { checkPublicKey } from './ed25519.js';
import { b64url, parseDigest } from './encoding.js';
import { refuse } from './errors.js';
import { readEvent } from './event.js';
import { sha256 } from './hash.js';
import { asUri } from './identifiers.js';
import { canonicalBytes } from './jcs.js';
import { asCount, as32url, asObject, asSalt, asText, oneOf, shape } from './shapes.js';

const KINDS = ['event', 'master', 'key', 'erasure'];
const MAX_DEPTH = 32;

/**
 * `{kind, value, …}` of a content: `event` has `read` (event.js), `master` has `id`, `key` has
 * `{kid, x, owner, role, status, suspectSince}`, `erasure` has `of`, the leaf hash in hex.
 */
export function parseContent(json) {
  const kind = oneOf(...KINDS)(asObject(json, 'content').kind, 'kind');
  shape(json, 'content', { kind: asText, [kind]: asObject, salt: asSalt });
  // A content is a JSON document of its own: in a bundle it lies three levels down.
  if (depth(json) > MAX_DEPTH) refuse('nested deeper than {most}', { most: MAX_DEPTH });
  return { kind, value: json[kind], ...READERS[kind](json[kind]) };
}

function depth(value) {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Object.keys(value).reduce((most, name) => Math.max(most, depth(value[name])), 0);
}

const READERS = {
  event: (event) => ({ read: readEvent(event) }),

  master: ({ id, type }) => {
    if (asText(type, 'type') === '') refuse('{what} lacks {name}', { what: 'master', name: 'type' });
    return { id: asUri(id) };
  },

  key: (key) => {
    const members = { jwk: asJwk, owner: asUri, role: oneOf('admin', 'recorder', 'certifier', 'regulator'), status: oneOf('active', 'revoked') };
    const { jwk, suspectSince = null, ...read } = shape(key, 'key', members, { suspectSince: asCount });
    if (suspectSince !== null && read.status !== 'revoked') refuse('suspectSince on a key that is not revoked');
    return { ...read, ...jwk, suspectSince };
  },

  erasure: (erasure) => shape(erasure, 'erasure', { of: parseDigest, reason: asText }),
};

/** The public key and its RFC 7638 thumbprint, which for these three members is a digest of JCS. */
function asJwk(jwk, what) {
  const { x } = shape(jwk, what, { crv: oneOf('Ed25519'), kty: oneOf('OKP'), x: as32url });
  checkPublicKey(x);
  return { x, kid: b64url(sha256(canonicalBytes(jwk))) };
}
