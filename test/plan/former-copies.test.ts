/** A partition that had several copies and has one now: it is named in a group that does not replicate, and its former group forgets it. */
import { expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const former = demo.cacheClusters.find(({ partitionSize }) => partitionSize > 1);
if (!former) throw new Error('the demo has no cache cluster with copies');
const PARTITION = `${former.clusterName}::0`;

test('a former copy that its former group has just promoted is given back only once that group has forgotten the name', () => {
  const imaginary = new ImaginaryFarm(demo);
  const seed = () => imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
  for (let pass = 0; pass < 12; pass++) seed();
  imaginary.farm = {
    ...demo,
    cacheClusters: demo.cacheClusters.map((cluster) =>
      cluster.clusterName === former.clusterName
        ? { ...cluster, partitionSize: 1, standbys: 0, sentinelGroup: 'main-0' }
        : cluster,
    ),
  };
  // The pod that holds the data is claimed alone and told to the new group.
  for (let pass = 0; pass < 2; pass++) seed();
  const views = () =>
    imaginary.sentinels.flatMap(({ group, names }) => (group === 'replicated-0' ? (names.get(PARTITION) ?? []) : []));
  const [promoted] = imaginary.pods.filter(
    ({ state: { claim } }) => claim.kind === 'member' && claim.partition === PARTITION,
  );
  if (!promoted) throw new Error('no copy is left');
  promoted.state.master = undefined;
  for (const { group, names } of imaginary.sentinels) {
    const view = names.get(PARTITION);
    if (group === 'replicated-0' && view)
      names.set(PARTITION, { ...view, address: promoted.address, replicas: [{ address: view.address, flags: [] }] });
  }
  const isReleased = (): boolean => {
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 2, 0);
    imaginary.carryOut(decisions);
    return decisions.some(({ actions }) =>
      actions.some((action) => action.kind === 'release-pod' && action.pod.address === promoted.address),
    );
  };
  expect(views()).not.toEqual([]);
  for (let pass = 0; views().length > 0 && pass < 5; pass++) expect(isReleased()).toBe(false);
  expect(views()).toEqual([]);
  expect(Array.from({ length: 5 }, isReleased)).toContain(true);
  expect(promoted.state.claim.kind).not.toBe('member');
});
