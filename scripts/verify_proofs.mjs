#!/usr/bin/env node
/**
 * Verifies inclusion and consistency proofs with the browser's verifier.
 *
 *     node scripts/verify_proofs.mjs < cases
 *
 * A case a line, as JSON: ["consistency", m, rootM, n, rootN, [hash…]] or
 * ["inclusion", leaf, index, size, root, [hash…]], hashes in hex. Answers 1 or 0 a line, in order.
 */

import { createInterface } from 'node:readline';

import { Refused } from '../trace/suyuan/web/front/errors.js';
import { verifyConsistency, verifyInclusion } from '../trace/suyuan/web/front/merkle.js';

const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
const KINDS = {
  consistency: ([m, rootM, n, rootN, proof]) => verifyConsistency(m, bytes(rootM), n, bytes(rootN), proof.map(bytes)),
  inclusion: ([leaf, index, size, root, proof]) => verifyInclusion(bytes(leaf), index, size, proof.map(bytes), bytes(root)),
};

function holds([kind, ...rest]) {
  try {
    KINDS[kind](rest);
    return 1;
  } catch (error) {
    if (error instanceof Refused) return 0;
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${holds(JSON.parse(line))}\n`);
}
