/** What the log holds of a record, and its link to what it rests on (formats §3). */

import { parseDigest, unb64url, utf8 } from './encoding.js';
import { Refused } from './errors.js';
import { canonicalText } from './jcs.js';
import { leafHash } from './merkle.js';
import { as32url, asList, asSalt, asText, asTime, closed } from './shapes.js';
import { parseJson } from './strict_json.js';

/** `{content, link, kid, recordTime, time, sig, leaf}` of an entry's exact text; hashes in hex. */
export function parseEntry(text) {
  const entry = parseJson(text);
  closed(entry, 'entry', ['after', 'content', 'kid', 'recordTime', 'sig', 'v']);
  if (entry.v !== 1) throw new Refused('an entry of another version');
  if (canonicalText(entry) !== text) throw new Refused('an entry that is not in canonical form');
  as32url(entry.kid, 'kid');
  return {
    content: parseDigest(entry.content),
    link: parseDigest(entry.after),
    kid: entry.kid,
    recordTime: entry.recordTime,
    time: asTime(entry.recordTime, 'recordTime'),
    sig: unb64url(asText(entry.sig, 'sig'), 64),
    leaf: leafHash(utf8(text)),
  };
}

/** The leaf hashes, in hex, of a link's `after`. */
export function parseLink(link) {
  closed(link, 'link', ['after', 'salt']);
  asSalt(link.salt);
  const after = asList(link.after, 'after').map(parseDigest);
  if (after.some((leaf, i) => i > 0 && !(after[i - 1] < leaf))) throw new Refused('a link that is not sorted, or names one twice');
  return after;
}

/** The bytes that the recorder signed. */
export function recordMessage(origin, entry) {
  return utf8(`suyuan/record/v1\n${origin}\n${entry.kid}\n${entry.content}\n`);
}
