import { checkFarm } from './check.js';
import { type Farm, InvalidFarm, type Problem } from './model.js';
import { show } from './quote.js';
import type { FarmSpec } from './schema.js';

const warningsOf = new WeakMap<Farm, readonly Problem[]>();

function nameOf(spec: Partial<FarmSpec> | undefined): string {
  try {
    return typeof spec?.name === 'string' ? show(spec.name) : '(unnamed)';
  } catch {
    // An object that fights back: check.ts has said so.
    return '(unnamed)';
  }
}

/**
 * Declares a farm.
 * @throws InvalidFarm with every problem at once
 */
export function defineFarm(spec: FarmSpec): Farm {
  const { farm, problems, warnings } = checkFarm(spec);
  if (!farm) throw new InvalidFarm(nameOf(spec), problems);
  warningsOf.set(farm, warnings);
  return farm;
}

/** What the owner of a declared farm should know although it works; a copy of the farm has none. */
export const farmWarnings = (farm: Farm): readonly Problem[] => warningsOf.get(farm) ?? [];
