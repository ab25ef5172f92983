import { defineFarm } from '../../../src/farm/define.js';
import { InvalidFarm } from '../../../src/farm/model.js';
import { farmSpec } from '../../builders/farm.js';
import { editor, editsOf } from '../hostile.js';
import { Broken, bytes, type FuzzTarget, readable } from '../target.js';

const edited = editor(
  farmSpec({ exporter: 'sidecar', security: { auth: 'password' }, images: {}, namespace: 'cachefarm' }),
);

/** @returns what is wrong with it; nothing for a farm @throws Broken */
export function declare(spec: unknown): readonly string[] {
  try {
    const farm = defineFarm(spec as Parameters<typeof defineFarm>[0]);
    if (
      !farm.cacheClusters.every(({ sentinelGroup }) => farm.sentinelGroups.some(({ name }) => name === sentinelGroup))
    )
      throw new Broken('a farm without problems has a cache cluster without a group');
    return [];
  } catch (error) {
    if (!(error instanceof InvalidFarm)) throw error;
    readable(error);
    if (error.problems.length === 0) throw new Broken('refused without a problem');
    for (const { path, message } of error.problems)
      if (path === '' || /\p{Cc}/u.test(message) || message.length > 2_000)
        throw new Broken(`[${path}] ${JSON.stringify(message).slice(0, 300)}`);
    return error.problems.map(({ path, message }) => `[${path}] ${message}`);
  }
}

export const farmSpecs: FuzzTarget = {
  name: 'farm-spec',
  what: 'a farm as TypeScript hands it over: a farm, or InvalidFarm with every problem on a line of its own',
  seeds: [bytes('\0\0\0\0'), bytes('\0\x10\x01\x05\0\x22\x02\x09')],
  run: (input) => {
    declare(edited(editsOf(input)));
  },
};
