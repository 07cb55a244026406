/** What the bundle itself calls its products, places and organisations: names that come proven. */

import { fill } from './errors.js';
import { applicationIdentifiers, canonical } from './identifiers.js';
import { isObject } from './shapes.js';

/** A text in the reader's language out of `{"zh": …, "en": …}`, or the text itself, or null. */
export function inLanguage(value, lang) {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return null;
  return [value[lang], value.en, value.zh].find((text) => typeof text === 'string') ?? null;
}

/** The names that the shown master records give, the newest last and so the one that stays. */
export class Names {
  constructor(records, words, lang) {
    Object.assign(this, { words, lang });
    this.byId = new Map();
    for (const { kind, value } of records) {
      const name = kind === 'master' ? inLanguage(value.name, lang) : null;
      if (name !== null) this.byId.set(canonical(value.id), name);
    }
  }

  /** What a place or an organisation is called; the end of its URI where it has no name here. */
  of(uri) {
    return this.byId.get(canonical(uri)) ?? decode(uri.replace(/[/#?]+$/, '').split(/[/:#]/).pop());
  }

  /** What an object is called: product and lot, product and pack, carton, or its own name. */
  object(text) {
    const { words } = this;
    const ais = applicationIdentifiers(text);
    if (ais === null) return text.includes('/season/') ? fill(words.season, { name: this.of(text) }) : this.of(text);
    if (ais.key === '00') return fill(words.carton, { sscc: ais['00'] });
    if (ais.key !== '01') return this.of(text);
    const product = this.byId.get(`https://id.gs1.org/01/${ais['01']}`) ?? fill(words.product, { gtin: ais['01'] });
    if ('21' in ais) return `${product} ${fill(words.pack, { serial: decode(ais['21']) })}`;
    return '10' in ais ? `${product} ${fill(words.lot, { lot: decode(ais['10']) })}` : product;
  }
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    return text;
  }
}
