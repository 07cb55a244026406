/** Where things are, and small tools that several tests need. */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { chooseVerifier } from '../../trace/suyuan/web/front/ed25519.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUNDLES = join(ROOT, 'tests/vectors/suyuan-bundle');
const SHARED = join(ROOT, '../shared/vectors');

/** A test over a folder of vectors made by others; skipped, by name, where it is absent. */
export function sharedTest(name, folder, run) {
  const path = join(SHARED, folder);
  test(name, { skip: existsSync(path) ? false : `no ../shared/vectors/${folder}` }, (context) => run(path, context));
}

export const readJson = (...parts) => JSON.parse(readFileSync(join(...parts), 'utf8'));

export function filesBelow(path) {
  return readdirSync(path, { recursive: true }).map(String).sort().map((name) => join(path, name));
}

export const text = (bytes) => new TextDecoder().decode(bytes);
export const bytes = (string) => new TextEncoder().encode(string);

/** Both ways to verify a signature: the platform's and the fallback. */
export async function bothVerifiers() {
  return [await chooseVerifier(), await chooseVerifier(null)];
}

/** A small deterministic generator, so that a failing case can be run again (mulberry32). */
export function random(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}
