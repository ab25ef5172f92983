import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIENT_KINDS } from './application.js';
import { Barns } from './barns.js';
import { Child } from './child.js';
import { Clients } from './clients.js';
import { now, wait } from './clock.js';
import { farmOf } from './farms.js';
import { judge, type Verdict } from './judge.js';
import { LiveFarm } from './live-farm.js';
import { LiveStage } from './live-stage.js';
import { poll } from './poll.js';
import { readHistory, writeHead, writeVerdict } from './report.js';
import type { FarmKind, Need, Scenario } from './scenario.js';
import { findStrayKeys } from './stray-keys.js';

/** what is seen before anything is broken, and after all is well again: ms */
const BEFORE_MS = 500;
const AFTER_MS = 500;
/** a sentinel stays in TILT for 30 s after what an earlier scenario did to it */
const READY_MS = 75_000;
const WHOLE_MS = 75_000;
const FLOWS_MS = 20_000;

interface Running {
  readonly farm: LiveFarm;
  readonly clients: Clients;
  readonly witness: Child;
}

export interface SessionOptions {
  readonly seed: number;
  /** left out: histories of what failed only, in a folder of their own */
  readonly report?: string;
  readonly missing: ReadonlyMap<Need, string>;
  readonly say: (line: string) => void;
}

async function startFarm(kind: FarmKind, missing: SessionOptions['missing']): Promise<Running> {
  const farm = await LiveFarm.start(kind);
  try {
    const [clusters, pods, sentinels] = await Promise.all([farm.applications(), farm.pods(), farm.sentinels()]);
    const witness = new Child('witness-process', []);
    const watched = { credentials: farm.access.credentials, pods: pods.map(({ address }) => address), sentinels };
    await witness.ask('open', watched);
    const kinds = CLIENT_KINDS.filter((one) => one !== 'node-redis' || !missing.has('node-redis'));
    return { farm, witness, clients: await Clients.start(kinds, clusters) };
  } catch (error) {
    await farm.stop();
    throw error;
  }
}

/** Runs scenarios one after the other; a farm is kept while it is whole and of the right kind. */
export class Session {
  readonly #folder: string;
  #running: Running | undefined;
  #barns: Barns | undefined;
  #count = 0;
  #failed = false;

  constructor(readonly options: SessionOptions) {
    const { report } = options;
    if (report !== undefined) mkdirSync(report, { recursive: true });
    this.#folder = report ?? mkdtempSync(join(tmpdir(), 'cachefarm-robustness-'));
  }

  async #farmOf(kind: FarmKind): Promise<Running> {
    if (this.#running && this.#running.farm.kind !== kind) await this.#stopFarm();
    if (!this.#running) {
      const started = now();
      this.#running = await startFarm(kind, this.options.missing);
      this.options.say(`${kind} farm started in ${((now() - started) / 1_000).toFixed(1)} s`);
    }
    return this.#running;
  }

  async #stopFarm(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await this.#barns?.stop();
    this.#barns = undefined;
    await running?.clients.stop();
    await running?.witness.end();
    await running?.farm.stop();
  }

  async #stage(scenario: Scenario, { farm, clients }: Running): Promise<LiveStage> {
    await this.#barns?.stop();
    const barns = new Barns(farm, scenario.election ?? true);
    this.#barns = barns;
    for (let n = 0; n < (scenario.barns ?? 1); n++) await barns.start();
    const { facts } = await farm.look();
    const partitions = facts.partitions.map(({ name }) => name);
    const stage = new LiveStage(farm, barns, clients, partitions, this.options.seed, scenario.name);
    await stage.whole(READY_MS);
    const isCalm = async (): Promise<boolean> =>
      (await stage.look()).world.groups.every(({ sentinels }) =>
        sentinels.every((one) => one.state === 'up' && !one.tilt),
      );
    await poll('no sentinel is in TILT', isCalm, READY_MS, 250);
    await poll('traffic flows', () => clients.flows(), FLOWS_MS);
    return stage;
  }

  /** Runs it, on a new farm when the one that there is does not become whole. */
  async run(scenario: Scenario): Promise<Verdict> {
    const number = String(++this.#count).padStart(2, '0');
    const folder = join(this.#folder, `${number}-${scenario.name}`);
    mkdirSync(folder, { recursive: true });
    let running = await this.#farmOf(scenario.farm ?? 'plain');
    let stage: LiveStage;
    try {
      stage = await this.#stage(scenario, running);
    } catch (error) {
      this.options.say(`the farm is given up: ${(error as Error).message}`);
      await this.#stopFarm();
      running = await this.#farmOf(scenario.farm ?? 'plain');
      stage = await this.#stage(scenario, running);
    }
    const isWhole = await this.#play(scenario, stage, running, folder);
    const { history, expect } = readHistory(folder);
    const verdict = judge(history, expect);
    writeVerdict(folder, verdict);
    if (!isWhole || (await hasChanged(running.farm))) await this.#stopFarm();
    if (this.options.report === undefined && verdict.passed) rmSync(folder, { recursive: true });
    else if (!verdict.passed) {
      this.#failed = true;
      this.options.say(`its history is in ${folder}`);
    }
    return verdict;
  }

  /** @returns whether the farm was whole in the end */
  async #play(scenario: Scenario, stage: LiveStage, running: Running, folder: string): Promise<boolean> {
    const { farm, clients, witness } = running;
    const [{ declared }, pods] = await Promise.all([farm.look(), farm.pods()]);
    await Promise.all([witness.ask('record', folder), clients.record(folder)]);
    const began = now();
    stage.mark('begin', scenario.name);
    await wait(BEFORE_MS);
    try {
      await scenario.run(stage);
    } catch (error) {
      stage.mark('failed', (error as Error).message);
    }
    const isWhole = await this.#heal(scenario, stage, clients);
    await wait(AFTER_MS);
    stage.mark('settled', '');
    await Promise.all([witness.ask('collect'), clients.collect()]);
    const addresses = pods.map(({ address }) => address);
    const { strayKeys, unread } = await findStrayKeys(farm.access.connections, addresses);
    const head = {
      ...{ scenario: scenario.name, seed: this.options.seed, expect: scenario.expect },
      groups: Object.fromEntries(declared.sentinelGroups.map(({ name, size }) => [name, size])),
      ...{ partitions: stage.partitions, pods: addresses, struck: [...stage.struck], strayKeys, unread },
    };
    writeHead(folder, head, stage.marks, stage.barns.since(began));
    return isWhole;
  }

  async #heal(scenario: Scenario, stage: LiveStage, clients: Clients): Promise<boolean> {
    try {
      await stage.repair();
      await stage.barns.startAll(scenario.barns ?? 1);
      stage.mark('end', '');
      await stage.whole(Math.max(WHOLE_MS, scenario.expect.wholeS * 1_500));
      stage.mark('whole', '');
      await poll('traffic flows', () => clients.flows(), FLOWS_MS);
      return true;
    } catch (error) {
      const silent = clients.silent.length > 0 ? `; no client writes ${clients.silent.join(', ')}` : '';
      stage.mark('failed', `${(error as Error).message}${silent}`);
      return false;
    }
  }

  /** Every process gone; the folder stays where something is in it that is to be read. */
  async stop(): Promise<void> {
    await this.#stopFarm();
    if (!this.#failed && this.options.report === undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** It declares something else than in the beginning: the next scenario wants what it knows. */
async function hasChanged(farm: LiveFarm): Promise<boolean> {
  const outline = (clusters: readonly { readonly clusterName: string; readonly clusterSize: number }[]): string =>
    clusters
      .map(({ clusterName, clusterSize }) => `${clusterName} ${clusterSize}`)
      .sort()
      .join();
  const { declared } = await farm.look();
  return outline(declared.cacheClusters) !== outline(farmOf(farm.kind).cacheClusters);
}
