import { expect, test } from '@jest/globals';
import { placeWords } from '../../src/cli/state-folder.js';

const demo = { name: 'demo', state: '/s/demo' };
const shop = { name: 'shop', state: '/s/shop' };

test.each([
  ['the farm that is looked for by itself', undefined, demo, {}, ''],
  ['another farm', undefined, shop, {}, ' --farm shop'],
  ['a folder of its own', '../x', shop, {}, ' --state /s/shop'],
  [
    'a folder of the environment, which another terminal may not have',
    undefined,
    demo,
    { CACHEFARM_STATE: '/s' },
    ' --state /s/demo',
  ],
])('other commands are told how to find %s', (_, given, farm, env, words) => {
  expect(placeWords(given, farm, env)).toBe(words);
});
