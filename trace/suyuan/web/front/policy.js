/** Whom a reader has decided to believe: got once, out of band (formats §6). */

import { hex } from './encoding.js';
import { refuse } from './errors.js';
import { digestOf } from './hash.js';
import { COSIGNER, parseVerifierKey } from './note.js';
import { asCount, as32url, asText, hexOf, listOf, oneOf, shape } from './shapes.js';
import { parseJson } from './strict_json.js';

/** `{origin, logKeys, adminKid, chainId, genesis, contract, logId, witnesses, fingerprint}` of a policy file. */
export function parsePolicy(bytes) {
  const json = parseJson(bytes);
  const policy = shape(json, 'policy', {
    v: oneOf(1),
    origin: asOrigin,
    logKeys: listOf((key, what) => parseVerifierKey(asText(key, what))),
    adminKid: (kid, what) => as32url(kid, what) && kid,
    chainId: (id, what) => asCount(id, what) || refuse('no chain has the id 0'),
    genesis: lowerHex(32),
    contract: lowerHex(20),
    logId: lowerHex(32),
  }, { witnesses: asWitnesses });
  const names = new Set(policy.logKeys.map(({ name, id }) => `${name}+${id}`));
  if (names.size === 0) refuse('{what} lacks {name}', { what: 'policy', name: 'logKeys' });
  if (names.size < policy.logKeys.length) refuse('one log key twice');
  return { witnesses: { keys: [], quorum: 0 }, ...policy, fingerprint: digestOf(json).slice(0, 16).replace(/.{4}(?=.)/g, '$& ') };
}

/** `{keys, quorum}`: the witnesses that the reader believes, and how many of them have to cosign. */
function asWitnesses(value, what) {
  const { keys, quorum } = shape(value, what, {
    keys: listOf((key, name) => parseVerifierKey(asText(key, name), COSIGNER)),
    quorum: asCount,
  });
  const different = new Set(keys.map(({ x }) => hex(x))).size;
  if (!different || different < keys.length || quorum > different) refuse('not so many witnesses');
  return { keys, quorum };
}

function asOrigin(value, what) {
  return /^[!-~]+$/.test(asText(value, what)) ? value : refuse('an origin that is not printable ASCII without spaces');
}

/** Hex in lower case only: two policies that mean the same must have one fingerprint. */
const lowerHex = (size) => (value, what) =>
  hexOf(size)(value, what) === value ? value : refuse('{what} is not in lower case', { what });
