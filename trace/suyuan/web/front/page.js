/** The public page checks itself in its reader's browser. It stays whole without this script. */

import { CheckView } from './view.js';

const LIMIT = 200;

/** Whether this browser can compute at all: the curve needs BigInt, the rest what BigInt came with. */
function canCompute() {
  return [typeof BigInt, typeof TextDecoder, typeof fetch, typeof Promise].every((type) => type === 'function');
}

async function bytesOf(url) {
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Of more than 200 records only those that the page shows, or else the newest, are checked. */
function choose(indices, shown) {
  if (indices.length <= LIMIT) return null;
  return new Set(shown || indices.slice(-LIMIT));
}

function readPolicy(parsePolicy, bytes) {
  try {
    return parsePolicy(bytes);
  } catch (error) {
    return null;
  }
}

async function check(view, config) {
  const again = () => check(view, config);
  view.begin();
  if (!canCompute()) return view.stopped('uncheckable');
  let files = null;
  try {
    files = await Promise.all([bytesOf(config.bundle), bytesOf(config.policy)]);
  } catch (error) {
    return view.stopped('network', again);
  }
  try {
    // Bundled into this same file, but not run before BigInt is known to be there.
    const { parsePolicy, verifyBundle } = await import('./verify.js');
    const policy = readPolicy(parsePolicy, files[1]);
    if (policy === null || (config.policyFingerprint && policy.fingerprint !== config.policyFingerprint)) {
      return view.stopped('policyOther');
    }
    const report = await verifyBundle(files[0], policy, {
      subject: config.subject,
      rpc: config.rpc,
      only: (indices) => choose(indices, config.shown),
      onStep: (told) => view.step(told),
    });
    return view.finish(report, { throughServer: config.rpcThroughServer });
  } catch (error) {
    return view.stopped('uncheckable');
  }
}

function start() {
  const data = document.getElementById('suyuan');
  const section = document.getElementById('check');
  if (data === null || section === null) return;
  const config = JSON.parse(data.textContent);
  Array.from(section.querySelectorAll('[data-fallback]')).forEach((element) => element.parentNode.removeChild(element));
  const place = document.createElement('div');
  place.className = 'check';
  section.appendChild(place);
  check(new CheckView(place, config.words, config.lang), config);
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
else start();
