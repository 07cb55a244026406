/** A small log in memory that makes bundles, so that tests can bend what no vector bends. */

import { getPublicKey, hashes, sign } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

import { parseContent } from '../../trace/suyuan/web/front/content.js';
import { b64, b64url, concat, hex, utf8 } from '../../trace/suyuan/web/front/encoding.js';
import { digestOf, sha256 } from '../../trace/suyuan/web/front/hash.js';
import { canonicalText } from '../../trace/suyuan/web/front/jcs.js';
import { leafHash, nodeHash } from '../../trace/suyuan/web/front/merkle.js';
import { parsePolicy } from '../../trace/suyuan/web/front/policy.js';
import { touches } from '../../trace/suyuan/web/front/touches.js';
import { universe } from '../../trace/suyuan/web/front/universe.js';

hashes.sha512 = sha512;

export const ORIGIN = 'test.example/log';
export const CONTRACT = `0x${'22'.repeat(20)}`;
export const LOG_ID = `0x${'11'.repeat(32)}`;
export const GENESIS = `0x${'55'.repeat(32)}`;

/** A key pair out of one byte; `kid` is filled in by its key record. */
export function signer(byte, owner, role = 'recorder') {
  const seed = new Uint8Array(32).fill(byte);
  const jwk = { crv: 'Ed25519', kty: 'OKP', x: b64url(getPublicKey(seed)) };
  return { seed, jwk, owner, role, kid: b64url(sha256(utf8(canonicalText(jwk)))) };
}

const keyOf = ({ jwk, owner, role }, more) => ({ jwk, owner, role, status: 'active', ...more });
const logSigner = signer(99, '');
const split = (n) => 2 ** Math.ceil(Math.log2(n) - 1);
const rootOf = (leaves) =>
  leaves.length === 1 ? leaves[0] : nodeHash(rootOf(leaves.slice(0, split(leaves.length))), rootOf(leaves.slice(split(leaves.length))));
const pathOf = (m, leaves) => {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...pathOf(m, left), rootOf(right)] : [...pathOf(m - k, right), rootOf(left)];
};

const logKeyMaterial = concat(Uint8Array.of(1), getPublicKey(logSigner.seed));
const logKeyId = sha256(concat(utf8(`${ORIGIN}\n`), logKeyMaterial)).subarray(0, 4);

/** A note with the log's signature, and more signature lines behind it where wanted. */
export function note(body, more = '') {
  return `${body}\n— ${ORIGIN} ${b64(concat(logKeyId, sign(utf8(body), logSigner.seed)))}\n${more}`;
}

export class Log {
  constructor() {
    this.admin = signer(1, 'https://o.example/county', 'admin');
    this.coop = signer(2, 'https://o.example/coop');
    this.records = [];
    this.tips = new Map();
    this.salts = 0;
    this.key(this.admin, this.admin);
    this.key(this.admin, this.coop);
    this.policyJson = {
      v: 1, origin: ORIGIN, logKeys: [`${ORIGIN}+${hex(logKeyId)}+${b64(logKeyMaterial)}`], adminKid: this.admin.kid,
      chainId: 31337, genesis: GENESIS, contract: CONTRACT, logId: LOG_ID,
    };
    this.policy = parsePolicy(utf8(JSON.stringify(this.policyJson)));
  }

  salt() {
    this.salts += 1;
    return b64url(sha256(utf8(`salt ${this.salts}`)).subarray(0, 16));
  }

  key(by, of, more = {}) {
    return this.append(by, { kind: 'key', key: keyOf(of, more), salt: this.salt() });
  }

  event(event, by = this.coop, more = {}) {
    return this.append(by, { kind: 'event', event: { type: 'ObjectEvent', action: 'OBSERVE', ...event }, salt: this.salt() }, more);
  }

  master(id, by = this.coop) {
    return this.append(by, { kind: 'master', master: { id, type: 'Product' }, salt: this.salt() });
  }

  erase(leaf, by = this.admin) {
    return this.append(by, { kind: 'erasure', erasure: { of: `sha-256:${leaf}`, reason: 'asked for' }, salt: this.salt() });
  }

  /** The leaf hash, in hex, of the appended record. `after` bends the link, `time` the clock. */
  append(by, content, { after = null, time = null, disclosures = [] } = {}) {
    const parsed = parseContent(JSON.parse(JSON.stringify(content)));
    const index = this.records.length;
    const erased = parsed.kind === 'erasure' ? (this.records.find((record) => record.leaf === parsed.of)?.touches ?? null) : null;
    const touched = touches(parsed, { kid: by.kid, owner: by.owner, erased });
    const due = new Set(touched.restsOn.filter((id) => this.tips.has(id)).map((id) => this.tips.get(id)));
    const link = { after: (after ?? Array.from(due).sort()).map((leaf) => `sha-256:${leaf}`), salt: this.salt() };
    const digest = digestOf(content);
    const entry = canonicalText({
      after: `sha-256:${digestOf(link)}`,
      content: `sha-256:${digest}`,
      kid: by.kid,
      recordTime: new Date(time ?? Date.UTC(2026, 8, 10, 8, index)).toISOString(),
      sig: b64url(sign(utf8(`suyuan/record/v1\n${ORIGIN}\n${by.kid}\n${digest}\n`), by.seed)),
      v: 1,
    });
    const leaf = hex(leafHash(utf8(entry)));
    this.records.push({
      index, leaf, parsed, content, link, entry, disclosures, touches: touched, signer: by,
      after: link.after.map((text) => text.slice(8)),
    });
    touched.extends.forEach((id) => this.tips.set(id, leaf));
    return leaf;
  }

  /** All that is reachable from the newest records of U, in rounds, as a prover does it. */
  reach(subject, serial, records, also) {
    const byLeaf = new Map(records.map((record) => [record.leaf, record]));
    const inside = new Set(records.filter((record) => record.parsed.kind === 'key' || also.includes(record.leaf)));
    for (let size = -1; size !== inside.size; ) {
      size = inside.size;
      const members = this.universe(subject, serial, Array.from(inside));
      const todo = [...Array.from(members, (id) => byLeaf.get(this.tips.get(id))), ...Array.from(inside)];
      while (todo.length) {
        const record = todo.pop();
        if (record && !(inside.has(record) && record.reached)) {
          inside.add(record);
          record.reached = true;
          todo.push(...record.after.map((leaf) => byLeaf.get(leaf)));
        }
      }
    }
    records.forEach((record) => delete record.reached);
    return Array.from(inside).sort((a, b) => a.index - b.index);
  }

  universe(subject, serial, inside) {
    const seen = inside.map(({ parsed, touches: touched, signer: by }) => ({
      entry: { kid: by.kid }, content: parsed, touches: touched, owner: by.owner,
    }));
    const owners = inside.filter((record) => record.parsed.kind === 'key').map((record) => record.parsed.owner);
    return universe({ subject, serial }, seen, owners);
  }

  /** The bundle of a subject as JSON. `bend` may change its parts before they are signed. */
  bundle(subject, { serial = null, hide = [], without = [], also = [], bend = {} } = {}) {
    const leaves = this.records.map((record) => leafHash(utf8(record.entry)));
    const size = leaves.length;
    const root = b64(rootOf(leaves));
    const inside = this.reach(subject, serial, this.records, also).filter((record) => !without.includes(record.leaf));
    const members = Array.from(this.universe(subject, serial, inside)).sort();
    const lines = members.map((id) => `${this.tips.get(id) ?? '-'} ${id}`);
    const shape = ({ index, leaf, content, link, entry, disclosures }) => ({
      content: hide.includes(leaf) ? null : content,
      disclosures: hide.includes(leaf) ? [] : disclosures,
      link,
      entry,
      proof: `c2sp.org/tlog-proof@v1\nindex ${index}\n${pathOf(index, leaves).map((hash) => `${b64(hash)}\n`).join('')}\n`,
    });
    const part = (isKey) => inside.filter((record) => (record.parsed.kind === 'key') === isKey).map(shape);
    const tips = (bend.tips ?? ((body) => body))(`suyuan/tips/v1\n${ORIGIN}\n${size}\n${lines.map((line) => `${line}\n`).join('')}`);
    const head = (bend.checkpoint ?? ((body) => body))(`${ORIGIN}\n${size}\n${root}\n`);
    return {
      suyuan: 'bundle/v1', subject, serial, checkpoint: note(head), tips: note(tips), records: part(false), keys: part(true),
      anchor: {
        chainId: 31337, contract: CONTRACT, logId: LOG_ID, size, root, txHash: `0x${'33'.repeat(32)}`, blockNumber: 7,
        blockHash: `0x${'44'.repeat(32)}`, blockTime: '2026-09-20T00:00:00.000Z',
      },
    };
  }
}

export const encode = (json) => utf8(JSON.stringify(json));
