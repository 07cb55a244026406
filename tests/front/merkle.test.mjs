/** Inclusion and consistency, honest and not: RFC 9162 §2.1.3 and §2.1.4. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { leafHash, nodeHash, verifyConsistency, verifyInclusion } from '../../trace/suyuan/web/front/merkle.js';
import { bytes, filesBelow, readJson, sharedTest } from './helpers.mjs';

const decode = (text) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
const agrees = (good, run, name) => (good ? assert.doesNotThrow(run, name) : assert.throws(run, name));

sharedTest('98 inclusion proofs of others', 'tdev-merkle/inclusion', (path) => {
  const files = filesBelow(path).filter((name) => name.endsWith('.json'));
  assert.equal(files.length, 98);
  for (const file of files) {
    const { leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } = readJson(file);
    const run = () => verifyInclusion(decode(leaf), leafIdx, treeSize, (proof ?? []).map(decode), decode(root));
    agrees(!wantErr, run, file);
  }
});

sharedTest('98 consistency proofs of others', 'tdev-merkle/consistency', (path) => {
  const files = filesBelow(path).filter((name) => name.endsWith('.json'));
  assert.equal(files.length, 98);
  for (const file of files) {
    const { size1, size2, root1, root2, proof, wantErr } = readJson(file);
    const run = () => verifyConsistency(size1, decode(root1), size2, decode(root2), (proof ?? []).map(decode));
    agrees(!wantErr, run, file);
  }
});

/** The tree as RFC 9162 §2.1 defines it, by recursion: no relation to the loops under test. */
const split = (n) => 2 ** Math.ceil(Math.log2(n) - 1);
const rootOf = (leaves) => {
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
};
const pathOf = (m, leaves) => {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...pathOf(m, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...pathOf(m - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
};
const subproof = (m, leaves, whole) => {
  if (m === leaves.length) return whole ? [] : [rootOf(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), rootOf(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), rootOf(leaves.slice(0, k))];
};

const LEAVES = Array.from({ length: 33 }, (_, i) => leafHash(bytes(`leaf ${i}`)));
const other = Uint8Array.from(LEAVES[0], (byte) => byte ^ 1);

test('every honest inclusion proof up to 33 leaves, and none that is bent', () => {
  for (let n = 1; n <= 33; n += 1) {
    const leaves = LEAVES.slice(0, n);
    const root = rootOf(leaves);
    for (let m = 0; m < n; m += 1) {
      const proof = pathOf(m, leaves);
      verifyInclusion(leaves[m], m, n, proof, root);
      const bent = [[...proof, other], [other, ...proof], [...proof, root]];
      if (proof.length) bent.push(proof.slice(1), proof.slice(0, -1), [other, ...proof.slice(1)], [proof[0].subarray(1), ...proof.slice(1)]);
      for (const each of bent) assert.throws(() => verifyInclusion(leaves[m], m, n, each, root), `${m} of ${n}`);
      assert.throws(() => verifyInclusion(leaves[m], n, n, proof, root));
      assert.throws(() => verifyInclusion(leaves[m], m + n, n, proof, root));
    }
  }
});

test('every honest consistency proof up to 33 leaves, and none that is bent', () => {
  for (let n = 1; n <= 33; n += 1) {
    const root = rootOf(LEAVES.slice(0, n));
    for (let m = 1; m <= n; m += 1) {
      const rootM = rootOf(LEAVES.slice(0, m));
      const proof = subproof(m, LEAVES.slice(0, n), true);
      verifyConsistency(m, rootM, n, root, proof);
      const bent = [[...proof, other], [...proof, root]];
      if (proof.length) bent.push(proof.slice(1), proof.slice(0, -1), [other, ...proof.slice(1)]);
      for (const each of bent) assert.throws(() => verifyConsistency(m, rootM, n, root, each), `${m} to ${n}`);
      assert.throws(() => verifyConsistency(m, other, n, root, proof));
      assert.throws(() => verifyConsistency(m, rootM, n, other, proof));
      if (m < n) assert.throws(() => verifyConsistency(n, root, m, rootM, proof));
    }
    assert.throws(() => verifyConsistency(0, other, n, root, [root]));
  }
});

test('a head forged by a proof longer than needed is refused', () => {
  // Without the check of sn within the loop, [leaf, anything] “proves” any root that ends in anything.
  const forged = nodeHash(other, LEAVES[0]);
  assert.throws(() => verifyInclusion(LEAVES[0], 0, 1, [other], forged), /too long/);
  const forgedHead = nodeHash(nodeHash(LEAVES[0], LEAVES[1]), other);
  assert.throws(() => verifyConsistency(1, LEAVES[0], 2, forgedHead, [LEAVES[1], other]), /too long/);
});
