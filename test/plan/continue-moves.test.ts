import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const decide = (imaginary: ImaginaryFarm): readonly Decision[] => planOnce(demo, imaginary.world(), 1, 0).decisions;

const kindsOf = (decisions: readonly Decision[], partition: string): readonly string[] =>
  decisions.filter(({ subject }) => subject === partition).flatMap(({ actions }) => actions.map(({ kind }) => kind));

describe('a hand-over', () => {
  test('waits for the next pass where this one tells the sentinels an address already: both would have one epoch', () => {
    const imaginary = new ImaginaryFarm(demo);
    for (let pass = 0; pass < 10; pass++) imaginary.carryOut(decide(imaginary));
    const pod = imaginary.pods.find(({ state }) => state.claim.kind === 'bound');
    const claim = pod?.state.claim;
    if (!pod || claim?.kind !== 'bound') throw new Error('the scene lacks what it needs');
    pod.draining = true;
    for (let pass = 0; pass < 2; pass++) imaginary.carryOut(decide(imaginary));
    expect(kindsOf(decide(imaginary), claim.partition)).toContain('hand-over');
    const sentinel = imaginary.sentinels.find(({ names }) => names.has(claim.partition));
    const view = sentinel?.names.get(claim.partition);
    if (!view) throw new Error('the scene lacks what it needs');
    sentinel?.names.set(claim.partition, { ...view, address: view.replicas[0]?.address ?? '' });
    expect(kindsOf(decide(imaginary), claim.partition)).toEqual(['switch-name']);
    sentinel?.names.set(claim.partition, view);
    expect(kindsOf(decide(imaginary), claim.partition)).toContain('hand-over');
  });
});
