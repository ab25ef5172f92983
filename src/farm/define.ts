import { checkFarm } from './check.js';
import { type Farm, InvalidFarm } from './model.js';
import type { FarmSpec } from './schema.js';

/**
 * Declares a farm.
 * @throws InvalidFarm with every problem at once
 */
export function defineFarm(spec: FarmSpec): Farm {
  const { farm, problems } = checkFarm(spec);
  if (!farm) throw new InvalidFarm(typeof spec?.name === 'string' ? spec.name : '(unnamed)', problems);
  return farm;
}
