/** What the log holds of a record, and its link to what it rests on (formats §3). */

import { parseDigest, unb64url, utf8 } from './encoding.js';
import { refuse } from './errors.js';
import { canonicalText } from './jcs.js';
import { leafHash } from './merkle.js';
import { as32url, asSalt, asText, asTime, listOf, oneOf, shape } from './shapes.js';
import { parseJson } from './strict_json.js';

/** `{content, after, kid, recordTime, time, sig, leaf}` of an entry's exact text; digests in hex. */
export function parseEntry(text) {
  const json = parseJson(text);
  const entry = shape(json, 'entry', {
    after: parseDigest,
    content: parseDigest,
    kid: (kid, what) => as32url(kid, what) && kid,
    recordTime: asTime,
    sig: (sig, what) => unb64url(asText(sig, what), 64),
    v: oneOf(1),
  });
  if (canonicalText(json) !== text) refuse('an entry that is not in canonical form');
  return { ...entry, recordTime: json.recordTime, time: entry.recordTime, leaf: leafHash(utf8(text)) };
}

/** The leaf hashes, in hex, of a link's `after`. */
export function parseLink(link) {
  const { after } = shape(link, 'link', { after: listOf(parseDigest), salt: asSalt });
  if (after.some((leaf, i) => i > 0 && !(after[i - 1] < leaf))) refuse('a link that is not sorted, or names one twice');
  return after;
}

/** The bytes that the recorder signed. */
export function recordMessage(origin, { kid, content }) {
  return utf8(`suyuan/record/v1\n${origin}\n${kid}\n${content}\n`);
}
