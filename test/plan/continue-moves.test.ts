import { describe, expect, test } from '@jest/globals';
import { InFlight } from '../../src/barn/in-flight.js';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
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

  test('keeps both its pods for itself until it has ended: the one that is left is opened for nobody meanwhile', () => {
    const imaginary = new ImaginaryFarm(demo);
    for (let pass = 0; pass < 10; pass++) imaginary.carryOut(decide(imaginary));
    const source = imaginary.pods.find(({ state }) => state.claim.kind === 'bound');
    if (!source) throw new Error('the scene lacks what it needs');
    source.draining = true;
    for (let pass = 0; pass < 2; pass++) imaginary.carryOut(decide(imaginary));
    const handOver = decide(imaginary).find(({ actions }) => actions.some(({ kind }) => kind === 'hand-over'));
    if (!handOver) throw new Error('nothing is handed over');
    const inFlight = new InFlight();
    inFlight.begin(handOver);
    // The sentinels were read before they were told, the pod after its application was cut.
    source.state.openFor = [];
    const { decisions } = plan({
      declared: demo,
      world: imaginary.world(),
      inFlight: inFlight.asOf(0),
      budget: UNLIMITED,
      failures: new Map(),
      now: 0,
      controller: 1,
    });
    const addresses = decisions.flatMap(({ actions }) =>
      actions.flatMap((action) => ('pod' in action ? [action.pod.address] : [])),
    );
    expect(addresses).not.toContain(source.address);
  });
});
