/** One life of Barn in a process of its own: the real loop, executor and election over the simulated network. */
import { leasePost } from '../../src/act/kube-lease.js';
import type { BarnEvent } from '../../src/barn/barn-event.js';
import { Election } from '../../src/barn/election.js';
import { DEFAULT_LIMITS, ReplacementWindow } from '../../src/barn/replacement-window.js';
import type { FarmAccess } from '../../src/cli/farm-access.js';
import { type RunningBarn, runBarn, unheld } from '../../src/cli/run-barn.js';
import type { FarmFrame } from '../../src/farm/model.js';
import type { Credentials } from '../../src/observe/connections.js';
import { observeWorld } from '../../src/observe/observe-world.js';
import { SimConnections } from './sim-connections.js';
import { SimEyes } from './sim-eyes.js';
import { type SimKube, SimSource } from './sim-kube.js';
import type { SimProcess } from './sim-process.js';

export interface SimBarnParts {
  readonly frame: FarmFrame;
  readonly credentials: Credentials;
  readonly kubes: readonly SimKube[];
  readonly process: SimProcess;
  /** of this life */
  readonly identity: string;
  told(event: BarnEvent): void;
}

export class SimBarn {
  readonly process: SimProcess;
  readonly identity: string;
  readonly connections: SimConnections;
  /** tighter than by default: the farms of a run are small */
  readonly window = new ReplacementWindow({ ...DEFAULT_LIMITS, least: 3, moves: 2 });
  #running: RunningBarn | undefined;
  #election: Election | undefined;

  constructor(parts: SimBarnParts) {
    const { credentials, process } = parts;
    this.process = process;
    this.identity = parts.identity;
    this.connections = new SimConnections(process, credentials);
    process.network.scheduler.enter(process, () => this.#start(parts));
  }

  #start(parts: SimBarnParts): void {
    const { frame, credentials, kubes, process } = parts;
    const connections = this.connections.asConnections();
    const nudge = (): void => this.#running?.barn.nudge();
    const sources = kubes.map((kube) => new SimSource(kube, process, nudge));
    const access: FarmAccess = {
      frame,
      connections,
      credentials,
      endpoints: [],
      observe: (patienceMs) => observeWorld(frame, sources, connections, patienceMs),
      close: () => connections.close(),
    };
    const election = new Election({
      posts: kubes.map((kube) => leasePost(kube.handOf(process), frame.namespace, () => Date.now())),
      kubeClusters: frame.datacenters.length,
      identity: parts.identity,
      now: () => performance.now(),
      wait: unheld,
      random: Math.random,
      changed: (leads) => {
        if (leads) nudge();
      },
    });
    this.#election = election;
    this.#running = runBarn(access, {
      controller: 0,
      leadership: election,
      window: this.window,
      told: (event) => {
        if (process.alive) parts.told(event);
      },
      eyes: (hints) => new SimEyes(process, credentials.barn, hints),
    });
    election.start();
  }

  get leads(): boolean {
    return this.process.alive && this.#election?.leads === true;
  }

  get term(): number {
    return this.#election?.term ?? 0;
  }

  /** A person has looked; the process is told as of anything else, for what it does then is done by nobody otherwise. */
  forgive(partitions: readonly string[]): void {
    const { process } = this;
    const forgive = (): void => {
      for (const name of partitions) this.#running?.barn.forgive(name);
    };
    process.after(0, () => process.network.scheduler.enter(process, forgive));
  }
}
