import type { FindingKind } from './finding.js';
import type { Scenario } from './scenario.js';
import type { Stage } from './stage.js';

/** A scenario that breaks a promise itself: what it does must be found. */
export interface Planted {
  readonly scenario: Scenario;
  readonly mustFind: FindingKind;
}

const expect = { unavailableMs: Number.POSITIVE_INFINITY, wholeS: 60, bystanders: Number.POSITIVE_INFINITY };

const planted = (name: string, mustFind: FindingKind, what: string, run: Scenario['run'], more = {}): Planted => ({
  scenario: { name, sources: ['self-test'], what, seconds: 8, expect: { ...expect, ...more }, run },
  mustFind,
});

/** The first pod that says it is nobody's. */
async function idlePod(stage: Stage) {
  return stage.choose((await stage.pods()).filter(({ claim }) => claim === 'locked'));
}

const claimText = async (stage: Stage, address: string): Promise<string> => {
  const acl = (await stage.ask(address, ['ACL', 'LIST'])) as readonly string[];
  return /~(\S+)/.exec(acl.find((line) => line.startsWith('user marker ')) ?? '')?.[1] ?? '';
};

export const PLANTED: readonly Planted[] = [
  planted('planted-read', 'wrongOwner', "another cache cluster's value under a key that is read", async (stage) => {
    const at = await stage.owner('User.id::0');
    const until = stage.now() + 3_000;
    // The owner overwrites it within tens of ms: again and again, until a reader has met it.
    while (stage.now() < until) await stage.plant(at, 'User.id::0', 'common:plain', 'Session::0 intruder 1');
    await stage.prove('it was planted', () => true);
  }),
  planted('planted-claim', 'doubleBound', 'the claim of a bound pod on an idle one too', async (stage) => {
    const claim = await claimText(stage, (await stage.owner('User.id::2')).address);
    const twin = await idlePod(stage);
    await stage.barns.kill();
    await stage.ask(twin, ['ACL', 'SETUSER', 'marker', 'resetpass', `>${claim}`, 'resetkeys', `~${claim}`]);
    await stage.prove('two pods say it', async () => (await claimText(stage, twin.address)) === claim);
    await stage.wait(600);
    await stage.ask(twin, ['ACL', 'SETUSER', 'marker', 'resetpass', '>locked', 'resetkeys', '~locked']);
  }),
  planted('planted-flush', 'flushed', 'FLUSHALL on a bound pod', async (stage) => {
    const at = await stage.owner('User.id::3');
    await stage.ask(at, ['FLUSHALL']);
    await stage.prove('it was flushed', async () =>
      String(await stage.ask(at, ['INFO', 'commandstats'])).includes('cmdstat_flushall'),
    );
  }),
  planted(
    'planted-outage',
    'unavailable',
    'a pod that hangs for 3 s, with half a second allowed',
    async (stage) => {
      const at = await stage.owner('Session::0');
      await stage.barns.kill();
      await stage.pause(at);
      await stage.prove('it hangs', () =>
        stage.ask(at, ['PING'], 300).then(
          () => false,
          () => true,
        ),
      );
      await stage.wait(3_000);
    },
    { unavailableMs: 500 },
  ),
  planted('planted-nothing', 'evidence', 'a scenario that proves nothing', async (stage) => {
    await stage.wait(200);
  }),
  // Last of all: the key stays.
  planted('planted-key', 'wrongOwner', 'a key of another cache cluster on a pod', async (stage) => {
    const at = await stage.owner('User.id::1');
    await stage.plant(at, 'User.id::1', 'Session::0:intruder:1', 'Session::0 intruder 1');
    await stage.prove('it was planted', async () => (await stage.ask(at, ['EXISTS', 'Session::0:intruder:1'])) === 1);
  }),
];
