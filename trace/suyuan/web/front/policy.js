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
  // eslint-disable-next-line no-control-regex
  if (!/^[^\u0000-\u001f]+$/.test(asText(json.origin, 'origin'))) {
    throw new Refused('not an origin: {text}', { text: clip(json.origin) });
  }
  const logKeys = asList(json.logKeys, 'logKeys').map((key) => parseVerifierKey(asText(key, 'log key')));
  if (logKeys.length === 0) throw new Refused('{what} lacks {name}', { what: 'policy', name: 'logKeys' });
  as32url(json.adminKid, 'adminKid');
  return {
    origin: json.origin,
    logKeys,
    adminKid: json.adminKid,
    chainId: asCount(json.chainId, 'chainId'),
    genesis: asHex(json.genesis, 'genesis', 32),
    contract: asHex(json.contract, 'contract', 20),
    logId: asHex(json.logId, 'logId', 32),
    fingerprint: digestOf(json).slice(0, 16).replace(/.{4}(?=.)/g, '$& '),
  };
}
