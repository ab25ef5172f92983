import { declaredIn } from '../barn/seed.js';
import type { EmbeddedFarm } from '../local/embedded-farm.js';
import { measureSpread, worstExcess } from '../plan/placement/bounds.js';
import { deriveFacts } from '../world/facts.js';
import type { World } from '../world/model.js';
import { measureProgress } from '../world/progress.js';
import { type FailureReport, SECONDS_FOR_FAILURES, showFailures } from './demo-failures.js';
import { DemoTraffic } from './demo-traffic.js';
import { pageAddress } from './page-address.js';
import { accessEmbedded } from './start-farm.js';
import { listClusters } from './views/list-clusters.js';
import { listPartitions } from './views/list-partitions.js';
import { formatListing } from './views/print-listing.js';

export interface DemoRunOptions {
  /** seconds; @default until a signal */
  readonly for?: number;
  readonly json?: boolean;
  /** a signal that ends it */
  readonly stopped: Promise<unknown>;
}

/** What `--json` prints. */
export interface DemoReport extends Partial<FailureReport> {
  readonly machines: number;
  readonly pods: number;
  readonly sentinelGroups: number;
  readonly partitionsDeclared: number;
  readonly partitionsServing: number;
  readonly standbysArmed: number;
  readonly seedMs: number;
  readonly excessDatacenter: number;
  readonly excessMachine: number;
  readonly errors: number;
}

const sentinelsOf = (world: World): ReadonlyMap<string, readonly string[]> =>
  new Map(world.groups.map((group) => [group.name, group.sentinels.map((sentinel) => sentinel.address)]));

/** ms between two rounds of one write and one read to each cache cluster */
const ROUND_MS = 10;

/** Shows a seeded farm alive: where everything is, then writes and reads through it until the time is over. */
export async function runDemo(embedded: EmbeddedFarm, seedMs: number, options: DemoRunOptions): Promise<DemoReport> {
  const access = accessEmbedded(embedded);
  const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(text);
  let traffic: DemoTraffic | undefined;
  try {
    const before = await access.observe();
    const farm = declaredIn(embedded.frame, before);
    const facts = deriveFacts(farm, before);
    say(
      `\n${formatListing(listPartitions(farm, facts), 'table')}\n${formatListing(listClusters(farm, before, facts), 'wide')}\n`,
    );
    const page = await pageAddress(embedded);
    if (page !== undefined) say(`The page: ${page}\n`);
    traffic = new DemoTraffic({ farm, sentinels: sentinelsOf(before), password: access.credentials.application });
    traffic.start(ROUND_MS);
    const running = traffic;
    const ticker = setInterval(
      () => say(`${running.operations} operations, ${running.serving} partitions serving, ${running.errors} errors\n`),
      5_000,
    );
    const over =
      options.for === undefined
        ? options.stopped
        : Promise.race([options.stopped, new Promise((resolve) => setTimeout(resolve, Number(options.for) * 1_000))]);
    if (options.for === undefined) say('Writing and reading through plain ioredis in Sentinel mode. Ctrl-C ends it.\n');
    const started = performance.now();
    const failures =
      options.for !== undefined && options.for >= SECONDS_FOR_FAILURES
        ? await showFailures({ embedded, access, say })
        : undefined;
    if (failures) say(`failures took ${Math.round((performance.now() - started) / 1_000)} s\n`);
    await over;
    clearInterval(ticker);
    await traffic.touchAll();
    const after = await access.observe();
    const seen = deriveFacts(farm, after);
    const progress = measureProgress(farm, seen);
    const excess = worstExcess(measureSpread(farm, after, seen));
    if (traffic.lastError) say(`last error: ${traffic.lastError}\n`);
    return {
      machines: after.datacenters.reduce((sum, datacenter) => sum + datacenter.machines.length, 0),
      pods: after.pods.length,
      sentinelGroups: after.groups.length,
      partitionsDeclared: progress.declared,
      partitionsServing: traffic.serving,
      standbysArmed: progress.armed,
      seedMs,
      excessDatacenter: excess.datacenter,
      excessMachine: excess.machine,
      errors: traffic.errors,
      ...failures,
    };
  } finally {
    await traffic?.stop();
    access.close();
  }
}
