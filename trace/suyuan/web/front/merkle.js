/** RFC 6962 / RFC 9162 trees. Sizes go to 2^53, so there is no bit arithmetic here. */

import { sameBytes, concat } from './encoding.js';
import { refuse } from './errors.js';
import { sha256 } from './hash.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(data) {
  return sha256(concat(LEAF, data));
}

export function nodeHash(left, right) {
  return sha256(concat(NODE, left, right));
}

const odd = (n) => n % 2 === 1;
const half = (n) => Math.floor(n / 2);

function checkHashes(hashes) {
  if (hashes.some((hash) => hash.length !== 32)) refuse('a proof with a hash that is not 32 bytes');
}

/** Refuses unless `leaf` is leaf `index` of the tree of `size` leaves under `root` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(leaf, index, size, proof, root) {
  checkHashes([leaf, root, ...proof]);
  if (!(index < size)) refuse('record {index} is beyond the tree of {size}', { index, size });
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const node of proof) {
    // Without this a longer proof than needed leads to a forged root.
    if (sn === 0) refuse('an inclusion proof that is too long');
    if (odd(fn) || fn === sn) {
      hash = nodeHash(node, hash);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, node);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) refuse('an inclusion proof that is too short');
  if (!sameBytes(hash, root)) refuse('the inclusion proof leads to another root');
}

/** Refuses unless the tree of `m` under `rootM` is the beginning of that of `n` (RFC 9162 §2.1.4.2). */
export function verifyConsistency(m, rootM, n, rootN, proof) {
  if (m > n) refuse('the earlier tree is larger than the later one');
  if (m === 0) refuse('a proof from the empty tree says nothing');
  if (m === n) {
    if (proof.length !== 0) refuse('a consistency proof where none is due');
    if (!sameBytes(rootM, rootN)) refuse('two roots for one size');
    return;
  }
  checkHashes([rootM, rootN, ...proof]);
  let odds = m;
  while (!odd(odds)) odds = half(odds);
  const path = odds === 1 ? [rootM, ...proof] : proof;
  if (proof.length === 0) refuse('a consistency proof that is too short');
  let fn = m - 1;
  let sn = n - 1;
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [path[0], path[0]];
  for (const node of path.slice(1)) {
    if (sn === 0) refuse('a consistency proof that is too long');
    if (odd(fn) || fn === sn) {
      fr = nodeHash(node, fr);
      sr = nodeHash(node, sr);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, node);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) refuse('a consistency proof that is too short');
  if (!sameBytes(fr, rootM) || !sameBytes(sr, rootN)) {
    refuse('the consistency proof leads to other roots');
  }
}
