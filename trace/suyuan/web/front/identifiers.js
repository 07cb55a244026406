/**
 * Object ids: canonical Digital Links (epcis-hash H) where the text names a GS1 key, the text
 * itself elsewhere (formats §3).
 */

import { clip } from './encoding.js';
import { refuse } from './errors.js';

const HOST = 'https://id.gs1.org';

/** A lookup that knows nothing but its own rows, whatever text comes in. */
const table = (rows) => Object.assign(Object.create(null), rows);

/** One character of set 82 or 39 (GS1 General Specifications §7.11) as it stands in a URI. */
const X = "(?:[!&'()*+,\\-.0-9:;=A-Z_a-z]|%(?:2[125-9A-Fa-f]|3[0-9A-Fa-f]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa]))";
const Y = '(?:[\\-0-9A-Z]|%(?:2[3DFdf]|3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]))';
const all = (pattern) => new RegExp(`^(?:${pattern})$`);

/** Length and characters of each key and qualifier (GS1 General Specifications §3). */
const VALUES = table({
  '00': all('\\d{18}'),
  '01': all('\\d{8}|\\d{12,14}'),
  10: all(`${X}{1,20}`),
  21: all(`${X}{1,20}`),
  22: all(`${X}{1,20}`),
  235: all(`${X}{1,28}`),
  253: all(`\\d{13}${X}{0,17}`),
  254: all(`${X}{1,20}`),
  255: all('\\d{13,25}'),
  401: all(`\\d{4}${X}{1,26}`),
  402: all('\\d{17}'),
  414: all('\\d{13}'),
  417: all('\\d{13}'),
  8003: all(`\\d{14}${X}{0,16}`),
  8004: all(`\\d{4}${X}{1,26}`),
  8006: all('\\d{18}'),
  8010: all(`\\d{4}${Y}{1,26}`),
  8011: all('\\d{1,12}'),
  8017: all('\\d{18}'),
  8018: all('\\d{18}'),
});

/** Keys and the qualifiers that may follow them, in this order. */
const QUALIFIERS = table({
  '00': [[]], '01': [['22', '10', '21'], ['235']], 253: [[]], 255: [[]], 401: [[]], 402: [[]], 414: [['254']],
  417: [[]], 8003: [[]], 8004: [[]], 8006: [['22', '10', '21']], 8010: [['8011']], 8017: [[]], 8018: [[]],
});

/** Convenience names of GS1 Digital Link 1.1 for them. */
const NAMES = table({
  sscc: '00', gtin: '01', lot: '10', ser: '21', cpv: '22', gdti: '253', glnx: '254', gcn: '255', ginc: '401',
  gsin: '402', gln: '414', party: '417', grai: '8003', giai: '8004', itip: '8006', cpid: '8010', cpsn: '8011',
  gsrnp: '8017', gsrn: '8018',
});

/** EPC schemes: key, digits before the check digit where it has one, qualifier of the serial. */
const SCHEMES = table({
  sgtin: { key: '01', digits: 13, first: true, serial: '21' },
  upui: { key: '01', digits: 13, first: true, serial: '235' },
  itip: { key: '8006', digits: 13, first: true, serial: '21', pieces: true },
  lgtin: { key: '01', digits: 13, first: true, serial: '10' },
  sscc: { key: '00', digits: 17, first: true },
  sgln: { key: '414', digits: 12, serial: '254' },
  pgln: { key: '417', digits: 12 },
  grai: { key: '8003', digits: 12, zero: true, serial: '' },
  giai: { key: '8004' },
  gsrn: { key: '8018', digits: 17 },
  gsrnp: { key: '8017', digits: 17 },
  gdti: { key: '253', digits: 12, serial: '' },
  sgcn: { key: '255', digits: 12, serial: '' },
  cpi: { key: '8010', serial: '8011' },
  ginc: { key: '401' },
  gsin: { key: '402', digits: 16 },
});

/** The GS1 check digit of a text of digits: weights 3 and 1 from the right. */
export function checkDigit(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) sum += digits[digits.length - 1 - i] * (i % 2 ? 1 : 3);
  return String((10 - (sum % 10)) % 10);
}

const NAME = "A-Za-z0-9\\-._~!$&'()*+,;=";
const P = `(?:[${NAME}:@]|%[0-9A-Fa-f]{2})`;
const HOSTNAME = `\\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\\.[${NAME}:]+)\\]|(?:[${NAME}]|%[0-9A-Fa-f]{2})*`;
const AUTHORITY = `//(?:(?:[${NAME}:]|%[0-9A-Fa-f]{2})*@)?(?:${HOSTNAME})(?::[0-9]*)?`;
/** RFC 3986, appendix A. */
const URI = all(
  `[A-Za-z][A-Za-z0-9+.-]*:(?:${AUTHORITY}(?:/${P}*)*|/(?:${P}+(?:/${P}*)*)?|(?:${P}+(?:/${P}*)*)?)` +
    `(?:\\?(?:${P}|[/?])*)?(?:#(?:${P}|[/?])*)?`,
);

/** `text`, if it is a URI of RFC 3986. */
export function asUri(text) {
  if (typeof text !== 'string' || !URI.test(text) || !goodAddress(text)) {
    refuse('not a URI: {text}', { text: clip(text) });
  }
  return text;
}

/** Whether an IPv6 address in the URI, if any, is one: a grammar of ten lines that URL has built in. */
function goodAddress(text) {
  const address = /^[^:]*:\/\/[^/?#]*(\[[0-9A-Fa-f:.]+\])/.exec(text);
  if (address === null) return true;
  try {
    return new URL(`http://${address[1]}/`).host !== '';
  } catch (error) {
    return false;
  }
}

/** Whether key and value have the length and characters that GS1 gives them. */
const good = (ai, value) => VALUES[ai].test(value);

/** RFC 3986 §6.2.2 within a value, with `! ( ) *` literal. */
function normalised(value) {
  return value.replace(/%([0-9A-Fa-f]{2})/g, (triplet, pair) => {
    const char = String.fromCharCode(parseInt(pair, 16));
    return /[A-Za-z0-9\-._~!()*]/.test(char) ? char : triplet.toUpperCase();
  });
}

/** What may stand in an EPC URN as it is (EPC Tag Data Standard §6); the rest is escaped. */
const URN_CHARS = /^(?:[!'()*+,\-.0-9:;=A-Z_a-z]|%[0-9A-Fa-f]{2})+$/;

/** The AIs of an EPC URN as `{key, [key]: value, …}`, or null. */
function parseUrn(text) {
  const [, kind, scheme, rest] = /^urn:epc:(id|class|idpat):([a-z]+):(.*)$/.exec(text) ?? [];
  const form = scheme === undefined ? undefined : SCHEMES[scheme];
  if (!form || (kind === 'class') !== (scheme === 'lgtin')) return null;
  const parts = rest.split('.');
  const [prefix, reference] = parts.splice(0, 2);
  if (!/^\d{6,12}$/.test(prefix) || reference === undefined || !URN_CHARS.test(rest)) return null;
  if (!form.digits && reference === '') return null;
  let value = prefix + reference;
  if (form.digits) {
    if (!/^\d*$/.test(reference) || value.length !== form.digits) return null;
    if (form.first) value = reference.slice(0, 1) + prefix + reference.slice(1);
    value += checkDigit(value);
    if (form.zero) value = `0${value}`;
  } else if (form.serial === undefined && parts.length) {
    value += `.${parts.splice(0).join('.')}`;
  }
  if (form.pieces) {
    const pieces = parts.splice(0, 2);
    if (!pieces.every((piece) => /^\d\d$/.test(piece))) return null;
    value += pieces.join('');
  }
  const ais = { key: form.key };
  if (form.serial !== undefined) {
    if (parts.length === 0) return null;
    const serial = parts.join('.');
    const pattern = kind === 'idpat';
    if (pattern && serial !== '*') return null;
    if (form.serial === '' && !pattern) value += serial;
    else if (!pattern && !(scheme === 'sgln' && serial === '0')) ais[form.serial] = serial;
  } else if (kind === 'idpat' || parts.length) {
    return null;
  }
  ais[form.key] = value;
  return Object.keys(ais).every((ai) => ai === 'key' || good(ai, ais[ai])) ? ais : null;
}

/** The AIs of a Digital Link on any host behind any path stem, or null. */
function parseLink(text) {
  const path = /^https?:\/\/[^/?#]+\/([^?#]*)/i.exec(text);
  const segments = path === null ? [] : path[1].split('/');
  const ais = {};
  const qualifiers = [];
  // From the end: whatever stands in front of the key is the host's own business.
  for (let i = segments.length - 2; i >= 0; i -= 2) {
    const ai = NAMES[segments[i]] ?? segments[i];
    if (!(ai in VALUES) || !good(ai, segments[i + 1])) return null;
    ais[ai] = segments[i + 1];
    if (ai in QUALIFIERS) return inOrder(ai, qualifiers.reverse()) ? { ...ais, key: ai, [ai]: ais[ai].padStart(ai === '01' ? 14 : 0, '0') } : null;
    qualifiers.push(ai);
  }
  return null;
}

function inOrder(key, qualifiers) {
  return QUALIFIERS[key].some((allowed) => qualifiers.join() === allowed.filter((ai) => qualifiers.includes(ai)).join());
}

/** The AIs that a text names as `{key, [ai]: value, …}`, or null where it is another URI. */
export function applicationIdentifiers(text) {
  return parseUrn(text) ?? parseLink(text);
}

function link(key, ais, qualifiers) {
  const parts = [key, ...qualifiers.filter((ai) => ai in ais)];
  return HOST + parts.map((ai) => `/${ai}/${normalised(ais[ai])}`).join('');
}

/** The canonical Digital Link of a text, classes included; any other URI exactly as it stands. */
export function canonical(text) {
  const ais = applicationIdentifiers(text);
  if (ais === null) return text;
  return link(ais.key, ais, ['21' in ais ? '21' : '10', '235', '254', '8011']);
}

/** The id of the object that a text names, or null where it names a class. */
export function objectId(text) {
  if (text.startsWith('urn:epc:idpat:')) return null;
  const ais = applicationIdentifiers(text);
  if (ais !== null) {
    if (ais.key === '01' && !('10' in ais) && !('21' in ais) && !('235' in ais)) return null;
    if (ais.key === '8006' && !('21' in ais)) return null;
  }
  return canonical(text);
}

/** The lot that an EPC names by AI 10 beside 21, or null. */
export function lotOfEpc(text) {
  const ais = applicationIdentifiers(text);
  return ais !== null && ais.key === '01' && '10' in ais && '21' in ais ? link('01', ais, ['10']) : null;
}

const LOT = /^https:\/\/id\.gs1\.org\/01\/(\d{14})\/10\/[^/#]+$/;

export function isLot(id) {
  return LOT.test(id);
}

/** The pack of `serial` out of the lot `subject`, or null where there can be none. */
export function packOf(subject, serial) {
  const lot = LOT.exec(subject);
  const value = encodeURIComponent(serial);
  return lot !== null && good('21', value) ? link('01', { '01': lot[1], 21: value }, ['21']) : null;
}

/** `…#master` of the product that an object, a holding or a master id belongs to, or null. */
export function productMaster(id) {
  const product = /^https:\/\/id\.gs1\.org\/01\/\d{14}(?=[/#]|$)/.exec(id);
  return product === null ? null : `${product[0]}#master`;
}
