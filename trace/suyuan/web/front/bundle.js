/** The shape of a bundle file (formats §7). What its parts say is checked step by step elsewhere. */

import { parseDigest } from './encoding.js';
import { refuse } from './errors.js';
import { asCount, as32, asList, asObject, asSalt, asText, asTimeText, hexOf, listOf, nullOr, oneOf, shape } from './shapes.js';
import { parseJson } from './strict_json.js';
import { proofIndex } from './tlog_proof.js';

export const MAX_BYTES = 32 * 1024 * 1024;
const MAX_RECORDS = 10000;
const MAX_DEPTH = 40;

/**
 * `{subject, serial, checkpoint, tips, anchor, keys, records}` of a bundle's bytes. A record is
 * `{index, json, disclosures, linkJson, text, proof}`: `json` its content, null where it is hidden,
 * `text` that of its entry.
 */
export function parseBundle(bytes) {
  if (bytes.length > MAX_BYTES) refuse('a file beyond 32 MiB');
  return shape(parseJson(bytes, MAX_DEPTH), 'bundle', {
    suyuan: oneOf('bundle/v1'),
    subject: asText,
    serial: nullOr(asSerial),
    checkpoint: asText,
    tips: asText,
    records: asRecords,
    keys: asRecords,
    anchor: nullOr(asAnchor),
  });
}

function asRecords(value, what) {
  if (asList(value, what).length > MAX_RECORDS) refuse('more than {most} records', { most: MAX_RECORDS });
  const records = value.map(asRecord);
  if (records.some((record, i) => i > 0 && !(records[i - 1].index < record.index))) {
    refuse('{what} is not sorted by index', { what });
  }
  return records;
}

function asRecord(value) {
  const { content, disclosures, link, entry, proof } = shape(value, 'record', {
    content: nullOr(asObject),
    disclosures: listOf(asText),
    link: asObject,
    entry: asText,
    proof: asText,
  });
  if (content === null && disclosures.length) refuse('disclosures of a hidden content');
  return { index: proofIndex(proof), json: content, disclosures, linkJson: link, text: entry, proof };
}

const asSerial = (value, what) =>
  shape(value, what, { serial: asText, salt: asSalt, index: asCount, path: listOf(as32), issuedBy: parseDigest });

const asAnchor = (value, what) =>
  shape(value, what, {
    chainId: asCount,
    contract: hexOf(20),
    logId: hexOf(32),
    size: asCount,
    root: as32,
    txHash: hexOf(32),
    blockNumber: asCount,
    blockHash: hexOf(32),
    // A hint: whether it is a day of the calendar shows when the chain says the same.
    blockTime: (time, name) => Date.parse(asTimeText(time, name)),
  });
