/**
 * A laboratory signs in its own browser: makes or brings its key, sees what it signs, and sends what it
 * signed. The private key goes nowhere: it lies in this browser's own key store, from which no script
 * gets it out, or in a file that a password closes (formats §3, docs/laboratories.md).
 */

import { getPublicKey, hashes, sign as nobleSign } from '@noble/ed25519';
import { sha512 } from './sha2.js';
import { b64url, fromUtf8, hex, unb64url, utf8 } from './encoding.js';
import { digestOf, sha256 } from './hash.js';
import { canonicalBytes } from './jcs.js';
import { recordMessage } from './entry.js';
import { parseJson } from './strict_json.js';
import { el, empty } from './dom.js';

hashes.sha512 = sha512;

const STORE = 'keys';
const ROUNDS = 600000;
const VERSION = 'key/v1';

/** RFC 7638: SHA-256 of the JWK's three members in order. */
export function kidOf(x) {
  return b64url(sha256(canonicalBytes({ crv: 'Ed25519', kty: 'OKP', x: b64url(x) })));
}

/** `{kid, x, sign(bytes)}` of a seed of 32 bytes. */
export function seedKey(seed) {
  const x = getPublicKey(seed);
  return { kid: kidOf(x), x, sign: async (message) => nobleSign(message, seed) };
}

function webKey(x, key) {
  return { kid: kidOf(x), x, sign: async (message) => new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, key, message)) };
}

function database() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open('suyuan-sign', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: 'kid' });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function inStore(mode, act) {
  const opened = await database();
  try {
    return await new Promise((done, failed) => {
      const asked = act(opened.transaction(STORE, mode).objectStore(STORE));
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  } finally {
    opened.close();
  }
}

/** Keys that this browser keeps. */
export async function keptKeys() {
  try {
    return (await inStore('readonly', (store) => store.getAll())).map(({ x, key }) => webKey(x, key));
  } catch (error) {
    return [];
  }
}

/** A key that this browser keeps and gives to nobody, itself included. */
export async function makeKept() {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']);
  const x = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const made = webKey(x, pair.privateKey);
  await inStore('readwrite', (store) => store.put({ kid: made.kid, x, key: pair.privateKey }));
  return made;
}

async function cipherOf(password, salt, rounds) {
  const base = await crypto.subtle.importKey('raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** `{key, file}`: a new key, and the text of a file that only the password opens. */
export async function makeFile(password) {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const key = seedKey(seed);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const cipher = await cipherOf(password, salt, ROUNDS);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, seed));
  const file = { suyuan: VERSION, kid: key.kid, x: b64url(key.x), rounds: ROUNDS, salt: b64url(salt), iv: b64url(iv), sealed: b64url(sealed) };
  return { key, file: `${JSON.stringify(file, null, 2)}\n` };
}

/** The key in a file of `makeFile`, or of `suyuan keygen`, which has no password. */
export async function openFile(text, password) {
  const bare = text.trim();
  if (/^[\w-]{43}$/.test(bare)) return seedKey(unb64url(bare, 32));
  const file = parseJson(bare);
  if (file.suyuan !== VERSION || !(file.rounds >= 100000 && file.rounds <= 10000000)) throw new Error('file');
  const cipher = await cipherOf(password, unb64url(file.salt, 16), file.rounds);
  const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: unb64url(file.iv, 12) }, cipher, unb64url(file.sealed));
  return seedKey(new Uint8Array(opened));
}

/** One event as its signer signs it: `{content, disclosures, kid, sig}`. */
export async function signEvent(key, event, origin) {
  const salt = b64url(crypto.getRandomValues(new Uint8Array(16)));
  const content = { kind: 'event', event, salt };
  const message = recordMessage(origin, { kid: key.kid, content: digestOf(content) });
  return { content, disclosures: [], kid: key.kid, sig: b64url(await key.sign(message)) };
}

/** `sha-256:…` of a file's bytes, as a record names what is attached to it (formats §1). */
export async function digestOfFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  // A plain http page has no WebCrypto.
  const digest = crypto.subtle ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)) : sha256(bytes);
  return `sha-256:${hex(digest)}`;
}

/** Digests of all that these events name as attached. */
export function attachedTo(events) {
  return events.flatMap((event) => (event['suyuan:attachments'] || []).map(({ digest }) => digest));
}

/**
 * Which of `words` says that these events are not of the file that was picked here (its digest, '' for
 * none); null where they are: then each names that file and no other.
 */
export function otherReport(events, picked) {
  const named = attachedTo(events);
  if (!picked) return named.length > 0 ? 'addedReport' : null;
  const each = events.every((event) => attachedTo([event]).includes(picked));
  if (named.length === 0) return 'lostReport';
  return each && named.every((digest) => digest === picked) ? null : 'otherReport';
}

/** What was picked on the page before this one, which only this tab knows; null where it does not. */
function pickedBefore(request) {
  try {
    return sessionStorage.getItem(`report ${request}`);
  } catch (error) {
    return null;
  }
}

function rememberPicked(request, digest) {
  try {
    sessionStorage.setItem(`report ${request}`, digest);
  } catch (error) {
    // Then the next page asks for the file once more.
  }
}

/** Where the link's token stands in no address, log or referrer: behind the #. */
function openLink(form) {
  const token = location.hash.slice(1);
  if (!/^[\w-]{43}$/.test(token)) return;
  history.replaceState(null, '', location.pathname);
  form.querySelector('[name=token]').value = token;
  form.submit();
}

function chosen(form, name) {
  const found = form.querySelector(`[name=${name}]:checked`);
  return found ? found.value : '';
}

async function fileOf(form, words) {
  const file = form.querySelector('#key-file').files[0];
  if (!file) throw new Error(words.noFile);
  if (file.size > 10000) throw new Error(words.notAKey);
  try {
    return await openFile(fromUtf8(new Uint8Array(await file.arrayBuffer())), form.querySelector('#key-password').value);
  } catch (error) {
    throw new Error(words.notAKey);
  }
}

function save(name, text) {
  const link = el('a', { href: URL.createObjectURL(new Blob([text], { type: 'application/json' })), download: name });
  document.body.appendChild(link);
  link.click();
  link.remove();
}

async function newKey(form, how, words) {
  if (how === 'kept') {
    try {
      return await makeKept();
    } catch (error) {
      throw new Error(words.cannotKeep);
    }
  }
  const password = form.querySelector('#new-password').value;
  if (password.length < 8) throw new Error(words.tooShort);
  if (!crypto.subtle) throw new Error(words.cannotKeep);
  const made = await makeFile(password);
  save(`laboratory-${made.key.kid.slice(0, 8)}.key`, made.file);
  return made.key;
}

function told(form, words, work) {
  const said = form.querySelector('[data-said]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button[data-go]');
    if (button.disabled) return;
    button.disabled = true;
    empty(said).appendChild(document.createTextNode(words.working));
    try {
      await work();
      form.submit();
    } catch (error) {
      empty(said).appendChild(document.createTextNode(error.message || words.failed));
      said.focus();
      button.disabled = false;
    }
  });
}

/** The report is hashed where it is picked: the next page signs nothing that names another one. */
function filling(form) {
  const request = form.dataset.request;
  let under = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (under) return;
    under = true;
    const file = form.querySelector('[name=report_file]').files[0];
    try {
      rememberPicked(request, file ? await digestOfFile(file) : '');
    } catch (error) {
      // A file that cannot be read cannot be sent either; what was picked before counts no more.
      rememberPicked(request, '');
    }
    form.submit();
  });
}

/** Only what the choice asks for. */
function fold(form) {
  const how = chosen(form, 'how');
  Array.from(form.querySelectorAll('[data-how]')).forEach((part) => { part.hidden = part.dataset.how !== how; });
}

function bringing(form, config) {
  form.addEventListener('change', () => fold(form));
  fold(form);
  told(form, config.words, async () => {
    const how = chosen(form, 'how');
    const key = how === 'file' ? await fileOf(form, config.words) : await newKey(form, how, config.words);
    const proof = utf8(`suyuan/bring-key/v1\n${config.origin}\n${key.kid}\n${config.request}\n`);
    form.querySelector('[name=x]').value = b64url(key.x);
    form.querySelector('[name=sig]').value = b64url(await key.sign(proof));
  });
}

async function signing(form, config) {
  const events = parseJson(config.events);
  const kept = (await keptKeys()).find(({ kid }) => config.keys.includes(kid));
  const aside = form.querySelector('[data-key-file]');
  const here = form.querySelector('[data-key-here]');
  aside.hidden = Boolean(kept);
  here.hidden = !kept;
  const before = pickedBefore(config.request);
  const ask = before === null && attachedTo(events).length > 0;
  form.querySelector('[data-report-again]').hidden = !ask;
  told(form, config.words, async () => {
    const again = ask ? form.querySelector('#report-again').files[0] : null;
    if (ask && !again) throw new Error(config.words.noReport);
    const wrong = otherReport(events, again ? await digestOfFile(again) : before);
    if (wrong) throw new Error(config.words[wrong]);
    const key = kept || (await fileOf(form, config.words));
    if (!config.keys.includes(key.kid)) throw new Error(config.words.otherKey);
    const signed = [];
    for (const event of events) signed.push(await signEvent(key, event, config.origin));
    form.querySelector('[name=signed]').value = JSON.stringify(signed);
  });
}

function start() {
  const form = document.querySelector('form[data-sign]');
  const data = document.getElementById('sign-config');
  if (!form) return;
  const config = data ? JSON.parse(data.textContent) : null;
  Array.from(form.querySelectorAll('[data-needs-script]')).forEach((part) => { part.hidden = false; });
  if (form.dataset.sign === 'fill') filling(form);
  if (form.dataset.sign === 'open') openLink(form);
  if (form.dataset.sign === 'key') bringing(form, config);
  if (form.dataset.sign === 'answer') signing(form, config);
}

if (typeof document !== 'undefined') {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
}
