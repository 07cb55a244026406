/** Whom a reader has decided to believe: got once, out of band (formats §6). */

import { clip } from './encoding.js';
import { Refused } from './errors.js';
import { digestOf } from './hash.js';
import { parseVerifierKey } from './note.js';
import { asCount, as32url, asHex, asList, asText, closed } from './shapes.js';
import { parseJson } from './strict_json.js';

/** `{origin, logKeys, adminKid, chainId, genesis, contract, logId, fingerprint}` of a policy file. */
export function parsePolicy(bytes) {
  const json = parseJson(bytes);
  closed(json, 'policy', ['v', 'origin', 'logKeys', 'adminKid', 'chainId', 'genesis', 'contract', 'logId']);
  if (json.v !== 1) throw new Refused('a policy of another version');
  if (!/^[!-~]+$/.test(asText(json.origin, 'origin'))) {
    throw new Refused('not an origin: {text}', { text: clip(json.origin) });
  }
  const logKeys = asList(json.logKeys, 'logKeys').map((key) => parseVerifierKey(asText(key, 'log key')));
  const names = new Set(logKeys.map(({ name, id }) => `${name}+${id}`));
  if (names.size < logKeys.length) throw new Refused('one log key twice');
  if (logKeys.length === 0) throw new Refused('{what} lacks {name}', { what: 'policy', name: 'logKeys' });
  as32url(json.adminKid, 'adminKid');
  if (asCount(json.chainId, 'chainId') === 0) throw new Refused('no chain has the id 0');
  return {
    origin: json.origin,
    logKeys,
    adminKid: json.adminKid,
    chainId: json.chainId,
    genesis: lowerHex(json.genesis, 'genesis', 32),
    contract: lowerHex(json.contract, 'contract', 20),
    logId: lowerHex(json.logId, 'logId', 32),
    fingerprint: digestOf(json).slice(0, 16).replace(/.{4}(?=.)/g, '$& '),
  };
}

/** Hex in lower case only: two policies that mean the same must have one fingerprint. */
function lowerHex(value, what, bytes) {
  if (asHex(value, what, bytes) !== value) throw new Refused('{what} is not in lower case', { what });
  return value;
}
