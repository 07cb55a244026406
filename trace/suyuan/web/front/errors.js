/** What can go wrong while checking. A message is an English template with {named} holes. */

/** The input cannot be taken, or a proof does not hold. `template` is what a face translates. */
export class Refused extends Error {
  constructor(template, params = {}) {
    super(fill(template, params));
    this.template = template;
    this.params = params;
  }
}

/** Throws it: most of a verifier is conditions under which it does. */
export function refuse(template, params = {}) {
  throw new Refused(template, params);
}

/** Something outside does not answer now; nothing is known about the input. */
export class Unavailable extends Error {}

/** `template` with its {named} holes filled from `params`; a hole without a value stays. */
export function fill(template, params) {
  return template.replace(/\{(\w+)\}/g, (hole, name) => (name in params ? String(params[name]) : hole));
}
