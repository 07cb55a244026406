/** The four steps that each record has to pass (formats §7), in the order of the log. */

import { parseContent } from './content.js';
import { hex } from './encoding.js';
import { parseEntry, parseLink, recordMessage } from './entry.js';
import { refuse } from './errors.js';
import { digestOf } from './hash.js';
import { KeyRing } from './keys.js';
import { verifyInclusion } from './merkle.js';
import { reveal } from './private_fields.js';
import { proofHashes } from './tlog_proof.js';

export class RecordChecker {
  constructor(policy, checkpoint, verifier) {
    Object.assign(this, { policy, checkpoint, verifier });
    this.ring = new KeyRing();
    this.keyRecords = new Map();
    this.contents = new Set();
    this.keyOwners = new Set();
  }

  /** Gives the record `entry`, `name` (its leaf hash in hex) and `after`, without asking more. */
  read(record) {
    record.entry = parseEntry(record.text);
    record.name = hex(record.entry.leaf);
    record.after = parseLink(record.linkJson);
  }

  /** Digests of content and link, shapes, disclosures. Gives the record `content` and `revealed`. */
  content(record, isKey) {
    this.read(record);
    const { entry, json, linkJson, disclosures } = record;
    if (digestOf(linkJson) !== entry.after) refuse('the link is not the one of the entry');
    if (this.contents.has(entry.content)) refuse('one content twice');
    this.contents.add(entry.content);
    record.content = null;
    if (json === null && isKey) refuse('a key record that is hidden');
    if (json === null) return;
    if (digestOf(json) !== entry.content) refuse('the content is not the one that was signed');
    record.content = parseContent(json);
    const { kind, value } = record.content;
    if ((kind === 'key') !== isKey) refuse('a key record among the others, or another among them');
    if (kind !== 'event' && disclosures.length) refuse('private fields of something that is no event');
    record.revealed = kind === 'event' ? reveal(value, disclosures) : value;
  }

  /** The signer may sign at this index. Gives the record its signer's `x`, `owner` and `role`. */
  key(record, isKey) {
    const { index, entry, after, content } = record;
    if (isKey && index === 0) this.beginWith(record);
    // Entry 0 vouches for itself: there is nobody before it.
    const signer = this.ring.known(entry.kid, Math.max(index, 1));
    if (signer === null) refuse('signed with a key that nobody enrolled before');
    if (!isKey && !this.ring.active(entry.kid, index)) refuse('signed with a key revoked before');
    const newest = this.newestKeyRecord(entry.kid, index);
    if (newest !== undefined && !after.includes(newest.name)) {
      refuse('not linked to the newest record of the key that signed it');
    }
    Object.assign(record, { x: signer.x, owner: signer.owner, role: signer.role });
    if (content !== null && content.kind === 'key') this.keyOwners.add(content.owner);
  }

  beginWith({ entry, content }) {
    const { kid, role, status } = content;
    if (kid !== this.policy.adminKid || entry.kid !== kid || role !== 'admin' || status !== 'active') {
      refuse('entry 0 is not the administrator’s key of the policy');
    }
    this.ring.begin(content);
  }

  newestKeyRecord(kid, index) {
    return (this.keyRecords.get(kid) ?? []).filter((record) => record.index < index).pop();
  }

  async signature({ entry, x }) {
    if (!(await this.verifier.verify(x, recordMessage(this.policy.origin, entry), entry.sig))) {
      refuse('the signature does not hold');
    }
  }

  inclusion({ index, entry, proof }) {
    const { size, root } = this.checkpoint;
    verifyInclusion(entry.leaf, index, size, proofHashes(proof), root);
  }

  /** A record that passed all four; a key record now has its say. */
  passed(record) {
    const { index, entry, content } = record;
    record.checked = true;
    if (content === null || content.kind !== 'key') return;
    if (index > 0) this.ring.apply(index, entry.kid, content);
    if (!this.keyRecords.has(content.kid)) this.keyRecords.set(content.kid, []);
    this.keyRecords.get(content.kid).push(record);
  }

  owners() {
    return Array.from(this.keyOwners);
  }
}
