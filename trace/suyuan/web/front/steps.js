/** The steps of formats §7, in their order. */
export const STEPS = ['content', 'key', 'signature', 'inclusion', 'checkpoint', 'anchor', 'complete'];
