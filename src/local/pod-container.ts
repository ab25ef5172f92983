import { join } from 'node:path';
import { containerLaunch, type LaunchPlace } from './container-launch.js';
import { ContainerRun, type RestartPolicy } from './container-run.js';
import type { Container, Probe } from './manifest.js';
import { runProbe } from './probe.js';
import { startProbeLoop } from './probe-loop.js';
import { RotatingLog } from './rotating-log.js';

/** A container in its pod: its process, its probes, its log. */
export class PodContainer {
  ready = false;
  readonly run: ContainerRun;
  readonly log: RotatingLog;
  readonly #probes: (() => void)[] = [];
  #passed = false;
  #waiters: (() => void)[] = [];

  /** @param logs folder of the pod's logs */
  constructor(
    readonly spec: Container,
    readonly place: LaunchPlace,
    policy: RestartPolicy,
    logs: string,
  ) {
    this.log = new RotatingLog(join(logs, `${spec.name}.log`));
    this.run = new ContainerRun({
      name: spec.name,
      policy,
      launch: () => containerLaunch(spec, place),
      processes: place.around.processes,
      log: this.log,
      backOff: place.around.backOff,
      changed: () => this.#changed(),
    });
  }

  /** It runs, and its startup probe, if any, has passed. */
  get startupPassed(): boolean {
    return this.#passed;
  }

  /** Resolves when it runs and its startup probe, if any, has passed. */
  started(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#passed) resolve();
      else this.#waiters.push(resolve);
    });
  }

  #changed(): void {
    this.#endProbes();
    if (this.run.running) this.#startProbes();
    this.place.around.changed();
  }

  #endProbes(): void {
    for (const end of this.#probes.splice(0)) end();
    this.ready = false;
    this.#passed = false;
  }

  #startProbes(): void {
    const { startupProbe } = this.spec;
    if (!startupProbe) this.#startupPassed();
    else this.#probe(startupProbe, true, (passes) => passes && this.#startupPassed());
  }

  #startupPassed(): void {
    this.#passed = true;
    for (const resolve of this.#waiters.splice(0)) resolve();
    const { readinessProbe, livenessProbe } = this.spec;
    if (livenessProbe) this.#probe(livenessProbe, false, (passes) => !passes && this.#unhealthy());
    if (readinessProbe) this.#probe(readinessProbe, true, (passes) => this.#setReady(passes));
    else this.ready = true;
  }

  #probe(probe: Probe, eager: boolean, verdict: (passes: boolean) => void): void {
    const target = {
      address: this.place.pod.address,
      container: this.spec,
      launch: (command: readonly string[]) => containerLaunch(this.spec, this.place, command),
      processes: this.place.around.processes,
    };
    this.#probes.push(startProbeLoop({ probe, eager, verdict, run: () => runProbe(probe, target) }));
  }

  #setReady(ready: boolean): void {
    this.ready = ready;
    this.place.around.changed();
  }

  #unhealthy(): void {
    this.log.write('cachefarm: liveness probe failed, container is killed\n');
    this.run.signal('SIGKILL');
  }

  start(): void {
    this.run.start();
  }

  async #preStop(graceMs: number): Promise<void> {
    const command = this.spec.lifecycle?.preStop?.exec?.command;
    if (!command || graceMs === 0 || !this.run.running) return;
    const launch = containerLaunch(this.spec, this.place, command);
    const hook = this.place.around.processes.start(launch, (chunk) => this.log.write(chunk));
    const late = setTimeout(() => hook.signalAll('SIGKILL'), graceMs);
    await hook.ended;
    clearTimeout(late);
  }

  /** @param graceMs for the preStop hook and the container together; 0 kills at once */
  async stop(graceMs: number): Promise<void> {
    const until = Date.now() + graceMs;
    await this.#preStop(graceMs).catch(() => undefined);
    await this.run.stop(graceMs === 0 ? 0 : Math.max(1, until - Date.now()));
    this.#endProbes();
    this.log.close();
  }
}
