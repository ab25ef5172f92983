import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RedisPod } from '../../src/world/model.js';
import { until } from '../builders/processes.js';
import { tellFigure } from './rig/figures.js';
import { lookAt } from './rig/look-at.js';
import { say } from './rig/say.js';
import { Stage } from './rig/stage.js';
import type { Visitor } from './rig/visitor.js';

const MOST_MS = 1_000;
const ROUNDS = 3;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, 90_000);
afterAll(() => stage.close());
afterEach(async () => {
  expect(await stage.leave()).toEqual([]);
});

const idOf = ({ datacenter, name }: RedisPod): string => `${datacenter}/${name}`;

async function podOf(partition: string): Promise<RedisPod> {
  const { facts } = await stage.running.look();
  const agreed = facts.partitions.find(({ name }) => name === partition)?.agreed;
  const pod = facts.podAt.get(agreed ?? '');
  if (!pod) throw new Error(`${partition} is nowhere`);
  return pod;
}

/** Where it is, and the map says so: once a farm is quiet Barn improves its spread, and a partition may just be on its way. */
const servingOn = (map: Visitor, partition: string): Promise<RedisPod> =>
  until(
    `the map to show ${partition} where it is`,
    async () => {
      const pod = await podOf(partition);
      return (await map.isPod(idOf(pod), 'serving')) ? pod : undefined;
    },
    10_000,
  );

/** Every partition serves, and every standby is armed. */
const whole = (): Promise<unknown> =>
  until(
    'the farm to be whole',
    async () => {
      const response = await fetch(`${stage.barn.origin}/v1/health`);
      const { partitions } = (await response.json()) as {
        partitions: { declared: number; serving: number; armed: number; toArm: number } | null;
      };
      return partitions !== null && partitions.serving === partitions.declared && partitions.armed === partitions.toArm;
    },
    45_000,
  );

describe('a pod dies', () => {
  test.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    `its colour changes on the page within a second, it comes back, and the timeline tells of it (%i)`,
    async (round) => {
      await whole();
      const [map, timeline] = await Promise.all([stage.visitor(), stage.visitor()]);
      await Promise.all([map.open('/map'), timeline.open('/timeline')]);
      const pod = await servingOn(map, 'User.id::0');
      const changed = map.stateLeft(idOf(pod), 'serving');
      const killed = Date.now();
      stage.running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
      const ms = (await changed) - killed;
      tellFigure(`a pod's death is on the map after ${ms} ms (at most ${MOST_MS})`);
      if (round === 1) await lookAt(map, 'pod-down');
      expect(ms).toBeLessThan(MOST_MS);
      await timeline.page
        .locator('li[data-kind="recovery"]', { hasText: 'User.id::0' })
        .filter({ hasText: /\d ?(ms|s)\b/ })
        .nth(round - 1)
        .waitFor();
      await whole();
      await servingOn(map, 'User.id::0');
      await map.page.locator(`[data-pod="${idOf(pod)}"]:not([data-state="unreachable"])`).waitFor();
      if (round < ROUNDS) return;
      await timeline.page.getByRole('button', { name: say('timeline.kind.recovery') }).click();
      await timeline.page.locator('li[data-seq]:not([data-kind="recovery"])').first().waitFor({ state: 'detached' });
      expect(await timeline.page.locator('li[data-kind="recovery"]').count()).toBe(ROUNDS);
      await lookAt(timeline, 'timeline-recovery');
    },
    90_000,
  );
});

describe('Barn is started again while the page is open', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s: the page says so, and is live again without a reload',
    async (signal) => {
      const visitor = await stage.visitor();
      const { page } = visitor;
      visitor.watched.expect(/^failed: GET /);
      await visitor.open('/map');
      await page.evaluate("document.body.dataset.sameDocument = 'yes'");
      await stage.barn.stop(signal);
      await page.locator('[data-connection="lost"]').first().waitFor({ state: 'attached' });
      if (signal === 'SIGTERM') await lookAt(visitor, 'lost');
      await stage.barn.start();
      const started = performance.now();
      await visitor.connected();
      tellFigure(`Barn is back after ${signal}: the page is live ${Math.round(performance.now() - started)} ms later`);
      expect(await page.evaluate('document.body.dataset.sameDocument')).toBe('yes');
      const pod = await podOf('User.id::1');
      await visitor.podIs(idOf(pod), 'serving');
    },
    60_000,
  );
});

/** A machine on which partitions are served, and who is served there. */
async function busyMachine(): Promise<{ readonly machine: string; readonly served: readonly string[] }> {
  const { machine } = await podOf('User.id::0');
  const { facts } = await stage.running.look();
  const served = facts.partitions.filter(({ agreed }) => facts.podAt.get(agreed ?? '')?.machine === machine);
  return { machine, served: served.map(({ name }) => name) };
}

describe('a machine is drained', () => {
  test('from the map: what would be lost is said before, nothing is in use there after, and it may be undone', async () => {
    await whole();
    const visitor = await stage.visitor({ token: stage.changer });
    const { page } = visitor;
    const { machine, served } = await busyMachine();
    await visitor.open(`/map?machine=${machine}`);
    await page.getByRole('heading', { name: say('map.loss.machine') }).waitFor();
    await page.getByText(say('map.loss.list')).click();
    for (const name of served) await page.getByRole('main').getByText(name, { exact: true }).first().waitFor();
    await lookAt(visitor, 'loss');

    await page.getByRole('button', { name: say('map.drain') }).click();
    const dialog = page.getByRole('dialog', { name: say('map.drain.title', { name: machine }) });
    await dialog.getByRole('button', { name: say('map.drain.do'), exact: true }).click();
    await page.getByText(say('map.drain.empty')).waitFor({ timeout: 45_000 });
    await lookAt(visitor, 'drained');
    const { facts } = await stage.running.look();
    expect(facts.partitions.filter(({ agreed }) => facts.podAt.get(agreed ?? '')?.machine === machine)).toEqual([]);

    await page.getByRole('button', { name: say('map.drain.undo') }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: say('map.drain.undo.do'), exact: true })
      .click();
    await page.getByRole('button', { name: say('map.drain'), exact: true }).waitFor();
  }, 90_000);

  test('not by who may only look: he is told what he lacks', async () => {
    const visitor = await stage.visitor({ token: stage.reader });
    const { machine } = await busyMachine();
    await visitor.open(`/map?machine=${machine}`);
    await visitor.page.getByText(say('map.drain.may')).waitFor();
    const button = visitor.page.getByRole('button', { name: say('map.drain'), exact: true });
    await button.click({ force: true });
    expect(await visitor.page.getByRole('dialog').count()).toBe(0);
    expect(await button.getAttribute('aria-disabled')).toBe('true');
  });
});
