/** Who may sign: the state of every key at every index, by the counting key records (formats §4). */

export class KeyRing {
  constructor() {
    this.keys = new Map();
  }

  /** Entry 0: the administrator's own key, which the policy names. */
  begin(key) {
    this.keys.set(key.kid, { ...key, since: 0, revokedAt: null, suspectSince: null });
  }

  /** The key's state if a counting record of lower index than `index` names it, else null. */
  known(kid, index) {
    const state = this.keys.get(kid);
    return state !== undefined && state.since < index ? state : null;
  }

  active(kid, index) {
    const state = this.known(kid, index);
    return state !== null && !(state.revokedAt !== null && state.revokedAt < index);
  }

  activeAdmin(kid, index) {
    return this.active(kid, index) && this.keys.get(kid).role === 'admin';
  }

  /** Takes the key record at `index`; whether it counts. Records must come by index. */
  apply(index, signer, key) {
    const state = this.known(key.kid, index);
    const self = signer === key.kid && key.status === 'revoked' && this.active(key.kid, index);
    if (!self && !this.activeAdmin(signer, index)) return false;
    if (state === null) {
      this.keys.set(key.kid, { ...key, since: index, revokedAt: key.status === 'revoked' ? index : null });
      return true;
    }
    if (state.owner !== key.owner || state.role !== key.role) return false;
    if (state.revokedAt !== null && key.status === 'active') return false;
    if (key.status === 'revoked') {
      // A later word on a revoked key can only add since when it was in other hands.
      state.revokedAt = state.revokedAt ?? index;
      state.suspectSince = key.suspectSince ?? state.suspectSince;
    }
    return true;
  }

  /** Whether a key record that counts says, now, that the key was stolen by the time of `index`. */
  suspect(kid, index) {
    const state = this.keys.get(kid);
    return state !== undefined && state.suspectSince !== null && index >= state.suspectSince;
  }
}
