/** Which address of a partition to believe, given what each sentinel says. Pure. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What one sentinel says of one partition. */
export type Answer =
  | { readonly kind: 'address'; readonly address: Address; readonly epoch: number }
  /** it does not know the name */
  | { readonly kind: 'unknown' }
  /** it was asked, or is being connected to, and may answer any moment */
  | { readonly kind: 'pending' }
  /** it cannot be reached, or does not let us ask */
  | { readonly kind: 'silent' };

export interface Held {
  readonly address: Address;
  readonly epoch: number;
}

export type Verdict =
  | ({ readonly kind: 'address' } & Held)
  /** a majority of the sentinels does not know the name */
  | { readonly kind: 'unknown' }
  /** no sentinel can be asked */
  | { readonly kind: 'silent' }
  /** there are answers, and no evidence for any of them */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'pending' };

type Witness = Extract<Answer, { readonly kind: 'address' }>;

export const sameAddress = (a: Address | undefined, b: Address | undefined): boolean =>
  a !== undefined && b !== undefined && a.host === b.host && a.port === b.port;

/**
 * The rule. Config-epochs decide as between sentinels: whatever has the highest epoch is what they converge to within about two seconds, so a
 * stale sentinel loses by its lower epoch and a switch counts as soon as one sentinel has it. A REMOVE+MONITOR starts again at epoch 0; it
 * counts when no reachable sentinel is left with a higher epoch.
 *
 * 1. A majority of all given sentinels does not know the name: unknown.
 * 2. The candidate is the address with the highest epoch. Two addresses with the same highest epoch: the one that a majority of all given
 *    sentinels names, else undecided.
 * 3. A majority names the candidate: it is the address.
 * 4. A minority names it, and we hold an address already: an epoch above the held one is evidence enough (somebody was elected, or Barn
 *    moved it); a lower epoch is a stale sentinel.
 * 5. A minority names it, and we hold nothing, or the same epoch: only when no sentinel is pending any more, and either all the rest is silent
 *    (the only witness there is), or, holding nothing, the epoch is above 0 and so above whatever the others say (blank or older).
 *
 * @param answers one for each given sentinel
 * @param held what was decided before
 */
export function decide(answers: readonly Answer[], held: Held | undefined): Verdict {
  const count = (kind: Answer['kind']): number => answers.filter((answer) => answer.kind === kind).length;
  const majority = Math.floor(answers.length / 2) + 1;
  if (count('unknown') >= majority) return { kind: 'unknown' };
  const witnesses = answers.filter((answer) => answer.kind === 'address');
  const missing: Verdict = { kind: count('pending') > 0 ? 'pending' : 'undecided' };
  if (witnesses.length === 0) return missing.kind === 'pending' || count('unknown') > 0 ? missing : { kind: 'silent' };

  const candidate = leader(witnesses, majority);
  if (candidate === undefined) return missing;
  const supporters = witnesses.filter(({ address }) => sameAddress(address, candidate.address)).length;
  const decided: Verdict = { kind: 'address', address: candidate.address, epoch: candidate.epoch };
  if (supporters >= majority) return decided;
  // A minority that says nothing new does not lower the fence for the next one.
  if (held && sameAddress(candidate.address, held.address))
    return { ...decided, epoch: Math.max(candidate.epoch, held.epoch) };
  if (held && candidate.epoch !== held.epoch) return candidate.epoch > held.epoch ? decided : missing;
  if (count('pending') > 0) return missing;
  const onlyWitness = supporters + count('silent') === answers.length;
  return onlyWitness || (held === undefined && candidate.epoch > 0) ? decided : missing;
}

/** The witness with the highest epoch; undefined when several addresses have it and no majority is for one of them. */
function leader(witnesses: readonly Witness[], majority: number): Witness | undefined {
  const top = Math.max(...witnesses.map(({ epoch }) => epoch));
  const leading = witnesses.filter(({ epoch }) => epoch === top);
  const votes = (one: Witness): number => leading.filter(({ address }) => sameAddress(address, one.address)).length;
  return leading.find((one) => votes(one) === leading.length || votes(one) >= majority);
}
