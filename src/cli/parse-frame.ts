import { integer, type Loose, list, record, records, text } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { CliError } from './cli-error.js';

/** What every command relies on. Not all the checks of synth: a farm that was synthesized by an older version runs on. */
function missingIn(frame: Loose): string | undefined {
  const lacks = (field: string, whole: (part: Loose) => boolean): string | undefined =>
    Array.isArray(frame[field]) && records(frame[field]).every((part) => text(part.name) !== undefined && whole(part))
      ? undefined
      : field;
  if (text(frame.name) === undefined) return 'name';
  if (text(frame.namespace) === undefined) return 'namespace';
  return (
    lacks(
      'datacenters',
      ({ context, machines }) => text(context) !== undefined && integer(record(machines).count) !== undefined,
    ) ??
    lacks('tiers', ({ ports }) => Array.isArray(ports) && list(ports).every(Number.isSafeInteger)) ??
    lacks('sentinelGroups', ({ size }) => integer(size) !== undefined)
  );
}

/**
 * farm.json as the constructs write it.
 * @param where as a message names it
 * @throws CliError that says what is wrong with it
 */
export function parseFrame(json: string, where: string): FarmFrame {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new CliError(`${where} is not what synth writes: it is no JSON`);
  }
  const missing = missingIn(record(value));
  if (missing !== undefined) throw new CliError(`${where} is not what synth writes: it has no ${missing} of a farm`);
  return value as FarmFrame;
}
