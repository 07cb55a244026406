/** The shape of a bundle file (formats §7). What its parts say is checked step by step elsewhere. */

import { hex, parseDigest } from './encoding.js';
import { parseEntry, parseLink } from './entry.js';
import { Refused } from './errors.js';
import { asCount, as32, asHex, asList, asSalt, asText, asTimeText, closed } from './shapes.js';
import { parseJson } from './strict_json.js';
import { proofIndex } from './tlog_proof.js';

export const MAX_BYTES = 32 * 1024 * 1024;
export const MAX_RECORDS = 10000;
const MAX_DEPTH = 40;

/**
 * `{subject, serial, checkpoint, tips, anchor, keys, records}` of a bundle's bytes. A record is
 * `{index, entry, name, linkJson, after, json, disclosures, proof}`: `name` its leaf hash in hex,
 * `json` its content, null where it is hidden.
 */
export function parseBundle(bytes) {
  if (bytes.length > MAX_BYTES) throw new Refused('a file beyond 32 MiB');
  const json = parseJson(bytes, MAX_DEPTH);
  closed(json, 'bundle', ['suyuan', 'subject', 'serial', 'checkpoint', 'tips', 'records', 'keys', 'anchor']);
  if (json.suyuan !== 'bundle/v1') throw new Refused('not a bundle of version 1');
  const bundle = {
    subject: asText(json.subject, 'subject'),
    serial: json.serial === null ? null : parseSerial(json.serial),
    checkpoint: asText(json.checkpoint, 'checkpoint'),
    tips: asText(json.tips, 'tips'),
    keys: parseRecords(json.keys, 'keys'),
    records: parseRecords(json.records, 'records'),
    anchor: json.anchor === null ? null : parseAnchor(json.anchor),
  };
  if (bundle.keys.some((record) => record.json === null)) throw new Refused('a key record that is hidden');
  return bundle;
}

function parseRecords(list, what) {
  if (asList(list, what).length > MAX_RECORDS) throw new Refused('more than {most} records', { most: MAX_RECORDS });
  const records = list.map(parseRecord);
  if (records.some((record, i) => i > 0 && !(records[i - 1].index < record.index))) {
    throw new Refused('{what} is not sorted by index', { what });
  }
  return records;
}

function parseRecord(json) {
  closed(json, 'record', ['content', 'disclosures', 'link', 'entry', 'proof']);
  const proof = asText(json.proof, 'proof');
  const index = proofIndex(proof);
  try {
    const disclosures = asList(json.disclosures, 'disclosures').map((text) => asText(text, 'disclosure'));
    if (json.content === null && disclosures.length) throw new Refused('disclosures of a hidden content');
    const entry = parseEntry(asText(json.entry, 'entry'));
    const after = parseLink(json.link);
    return { index, entry, name: hex(entry.leaf), linkJson: json.link, after, json: json.content, disclosures, proof };
  } catch (error) {
    if (error instanceof Refused) error.index = index;
    throw error;
  }
}

function parseSerial(json) {
  closed(json, 'serial', ['serial', 'salt', 'index', 'path', 'issuedBy']);
  return {
    serial: asText(json.serial, 'serial'),
    salt: asSalt(json.salt),
    index: asCount(json.index, 'index'),
    path: asList(json.path, 'path').map((hash) => as32(hash, 'path')),
    issuedBy: parseDigest(json.issuedBy),
  };
}

function parseAnchor(json) {
  closed(json, 'anchor', [
    'chainId', 'contract', 'logId', 'size', 'root', 'txHash', 'blockNumber', 'blockHash', 'blockTime',
  ]);
  return {
    chainId: asCount(json.chainId, 'chainId'),
    contract: asHex(json.contract, 'contract', 20),
    logId: asHex(json.logId, 'logId', 32),
    size: asCount(json.size, 'size'),
    root: as32(json.root, 'root'),
    txHash: asHex(json.txHash, 'txHash', 32),
    blockNumber: asCount(json.blockNumber, 'blockNumber'),
    blockHash: asHex(json.blockHash, 'blockHash', 32),
    // A hint: whether it is a day of the calendar shows when the chain says the same.
    blockTime: Date.parse(asTimeText(json.blockTime, 'blockTime')),
  };
}
