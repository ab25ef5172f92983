/** What the planner makes of a pod that was claimed for a partition and not flushed yet (claimPod in src/act/act-on-pod.ts). */
import { expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { claimText } from '../../src/farm/access.js';
import { partitionName } from '../../src/farm/words.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const decide = (imaginary: ImaginaryFarm): readonly Decision[] => planOnce(demo, imaginary.world(), 1, 0).decisions;

test.each(['bound', 'standby', 'member'] as const)(
  'what was to be flushed for a %s pod, and was not, is given back and never opened as it is',
  (kind) => {
    const imaginary = new ImaginaryFarm(demo);
    for (const { state } of imaginary.pods) state.keys = 5;
    const pick = decide(imaginary)
      .flatMap(({ actions }) => actions)
      .find((action) => action.kind === 'claim-pod' && action.claim.kind === kind);
    if (pick?.kind !== 'claim-pod') throw new Error('the scene lacks what it needs');
    expect(pick.flush).toBe(true);
    const { claim } = pick;
    const partition = claim.kind === 'standby' ? partitionName(claim.clusterName, 0) : claim.partition;
    const incoming = { kind: 'incoming', partition, epoch: claim.epoch } as const;
    imaginary.pod(pick.pod.address).state.claim = incoming;
    const next = decide(imaginary).filter(({ actions }) =>
      actions.some((action) => 'pod' in action && action.pod.address === pick.pod.address),
    );
    expect(
      next.map(({ reason, actions }) => [
        reason,
        actions.map((action) => 'expect' in action && claimText(action.expect)),
      ]),
    ).toEqual([['MoveAbandoned', [claimText(incoming)]]]);
    expect(next.flatMap(({ actions }) => actions.map((action) => action.kind))).toEqual(['release-pod']);
  },
);
