/** What a record extends and what it rests on (formats §3), from the content as signed. */

import { epcsOf } from './event.js';
import { canonical, isLot, lotOfEpc, objectId } from './identifiers.js';

const present = (ids) => ids.filter((id) => id !== null);
const objects = (texts) => present(texts.map(objectId));

/** The objects of the events' inputs. */
export function inputsOf(read) {
  return objects([...read.lists.inputEPCList, ...read.lists.inputQuantityList]);
}

/** The objects that the event makes: its outputs, and what an ObjectEvent adds. */
export function makes(read) {
  const { epcList, quantityList, outputEPCList, outputQuantityList } = read.lists;
  const added = read.type === 'ObjectEvent' && read.action === 'ADD' ? [...epcList, ...quantityList] : [];
  return objects([...outputEPCList, ...outputQuantityList, ...added]);
}

export function lotsBesideSerials(read) {
  return present(epcsOf(read).map(lotOfEpc));
}

export function holding(lot, owner) {
  return `${lot}#${owner}`;
}

/** The master record of a product, place or organisation, by its id. */
export function masterOf(id) {
  return `${canonical(id)}#master`;
}

/**
 * `{extends, restsOn}`, sorted, of a parsed content. `owner` is that of the signer's key, `erased`
 * what the record touched that an erasure names.
 */
export function touches(content, { kid, owner, erased = null }) {
  const made = {
    event: () => ofEvent(content.read, owner),
    master: () => both([masterOf(content.id)]),
    key: () => both([content.kid]),
    erasure: () => both(erased.extends),
  }[content.kind]();
  return { extends: unique(made.extends), restsOn: unique([...made.restsOn, kid]) };
}

const both = (ids) => ({ extends: ids, restsOn: ids });
const unique = (ids) => Array.from(new Set(ids)).sort();

function ofEvent(read, owner) {
  const { epcList, childEPCs, outputEPCList, outputQuantityList, quantityList, childQuantityList } = read.lists;
  const quantities = objects(quantityList);
  const extended = [
    ...objects([...epcList, ...outputEPCList, ...childEPCs, ...outputQuantityList]),
    ...objects(present([read.parentID, read.transformationID])),
    ...quantities.map((id) => (read.partial && isLot(id) ? holding(id, owner) : id)),
  ];
  const restsOn = [
    ...extended, ...quantities, ...inputsOf(read), ...objects(childQuantityList), ...lotsBesideSerials(read),
  ];
  if (restsOn.length === 0) {
    return both(objects(present([read.readPoint, read.bizLocation])).slice(0, 1));
  }
  return { extends: extended, restsOn: [...restsOn, ...restsOn.filter(isLot).map((lot) => holding(lot, owner))] };
}
