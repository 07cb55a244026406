/** The shape of a bundle file (formats §7). What its parts say is checked step by step elsewhere. */

import { parseDigest } from './encoding.js';
import { Refused } from './errors.js';
import { asCount, as32, asHex, asList, asSalt, asText, asTimeText, closed, isObject } from './shapes.js';
import { parseJson } from './strict_json.js';
import { proofIndex } from './tlog_proof.js';

export const MAX_BYTES = 32 * 1024 * 1024;
export const MAX_RECORDS = 10000;
const MAX_DEPTH = 40;

/**
 * `{subject, serial, checkpoint, tips, anchor, keys, records}` of a bundle's bytes. A record is
 * `{index, json, disclosures, linkJson, text, proof}`: `json` its content, null where it is hidden,
 * `text` that of its entry.
 */
export function parseBundle(bytes) {
  if (bytes.length > MAX_BYTES) throw new Refused('a file beyond 32 MiB');
  const json = parseJson(bytes, MAX_DEPTH);
  closed(json, 'bundle', ['suyuan', 'subject', 'serial', 'checkpoint', 'tips', 'records', 'keys', 'anchor']);
  if (json.suyuan !== 'bundle/v1') throw new Refused('not a bundle of version 1');
  return {
    subject: asText(json.subject, 'subject'),
    serial: json.serial === null ? null : parseSerial(json.serial),
    checkpoint: asText(json.checkpoint, 'checkpoint'),
    tips: asText(json.tips, 'tips'),
    keys: parseRecords(json.keys, 'keys'),
    records: parseRecords(json.records, 'records'),
    anchor: json.anchor === null ? null : parseAnchor(json.anchor),
  };
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
  if (json.content !== null && !isObject(json.content)) throw new Refused('{what} is not an object', { what: 'content' });
  if (!isObject(json.link)) throw new Refused('{what} is not an object', { what: 'link' });
  const disclosures = asList(json.disclosures, 'disclosures').map((text) => asText(text, 'disclosure'));
  if (json.content === null && disclosures.length) throw new Refused('disclosures of a hidden content');
  const proof = asText(json.proof, 'proof');
  return { index: proofIndex(proof), json: json.content, disclosures, linkJson: json.link, text: asText(json.entry, 'entry'), proof };
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
