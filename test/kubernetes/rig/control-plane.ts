import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Group, ProcessGroups } from '../../../src/local/process-groups.js';
import { RotatingLog } from '../../../src/local/rotating-log.js';
import { apiRequest } from './api-request.js';
import { type Binaries, findBinaries } from './binaries.js';
import { type CommandOptions, type ControlPlanePorts, commandOf } from './control-plane-commands.js';
import {
  ADMIN,
  CONTROLLER_MANAGER,
  type ControlPlaneFiles,
  SCHEDULER,
  writeControlPlaneFiles,
} from './control-plane-files.js';
import {
  CONTROL_PLANE_PROCESSES,
  type ControlPlane,
  type ControlPlaneOptions,
  type ControlPlaneProcess,
  type ControlPlaneUser,
} from './control-plane-options.js';
import { freePorts } from './free-ports.js';
import { kubeconfigText } from './kubeconfig.js';

/** A loaded machine with two cores starts an API server in 10 s; much more means that it never will. */
const HEALTHY_WITHIN_MS = 90_000;
const LOG_BYTES = 4_000_000;
const OWN_USERS: readonly ControlPlaneUser[] = [
  { name: ADMIN, groups: ['system:masters'] },
  { name: CONTROLLER_MANAGER, groups: [] },
  { name: SCHEDULER, groups: [] },
];

async function choosePorts(): Promise<ControlPlanePorts> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0] = await freePorts(5);
  return {
    etcd,
    etcdPeer,
    'kube-apiserver': apiServer,
    'kube-controller-manager': controllerManager,
    'kube-scheduler': scheduler,
  };
}

const answersOk = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const outgoing = get(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(false));
  });

class Processes implements ControlPlane {
  readonly datacenter: string;
  readonly version: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly url: string;
  readonly adminToken: string;
  readonly context: string;
  readonly #groups: ProcessGroups;
  readonly #running = new Map<ControlPlaneProcess, Group>();
  readonly #logs = new Map<ControlPlaneProcess, RotatingLog>();
  readonly #command: CommandOptions;
  #closing: Promise<void> | undefined;

  constructor(
    readonly options: ControlPlaneOptions,
    readonly binaries: Binaries,
    readonly files: ControlPlaneFiles,
    ports: ControlPlanePorts,
  ) {
    this.datacenter = options.datacenter;
    this.context = options.context ?? options.datacenter;
    this.version = binaries.version;
    this.versions = Object.fromEntries(
      Object.entries(binaries.programs).map(([name, program]) => [name, program.version]),
    );
    this.url = `https://127.0.0.1:${ports['kube-apiserver']}`;
    this.adminToken = files.tokenOf.get(ADMIN) ?? '';
    this.#command = { files, ports, version: binaries.version, nodeGraceSeconds: options.nodeGraceSeconds ?? 6 };
    this.#groups = new ProcessGroups(join(options.folder, 'processes'));
  }

  get caData(): string {
    return readFileSync(this.files.certificate).toString('base64');
  }

  get kubeconfig(): string {
    return this.files.kubeconfig(ADMIN);
  }

  kubeconfigOf(name: string): string {
    if (!this.files.tokenOf.has(name)) throw new Error(`no user ${name} was given to the control plane`);
    return this.files.kubeconfig(name);
  }

  kubeconfigForToken(name: string, token: string): string {
    const { context, url, caData } = this;
    const path = this.files.kubeconfig(name);
    const namespace = this.options.namespace ?? 'cachefarm';
    writeFileSync(path, kubeconfigText([{ context, url, caData, token, namespace }]), { mode: 0o600 });
    return path;
  }

  /** 1. etcd, 2. the API server, 3. kubeconfigs (its certificate is there now), 4. the others together. */
  async start(): Promise<void> {
    const wanted = this.options.processes ?? CONTROL_PLANE_PROCESSES;
    const others = wanted.filter((name) => name !== 'etcd' && name !== 'kube-apiserver');
    await this.restart('etcd');
    await this.restart('kube-apiserver');
    for (const [name, token] of this.files.tokenOf) this.kubeconfigForToken(name, token);
    await Promise.all(others.map((name) => this.restart(name)));
  }

  async restart(name: ControlPlaneProcess): Promise<void> {
    await this.kill(name);
    this.#launch(name);
    const deadline = Date.now() + HEALTHY_WITHIN_MS;
    while (!(await this.#isHealthy(name))) {
      if (!this.#running.has(name)) throw new Error(`${name} ended while it started:\n${this.#lastWords(name)}`);
      if (Date.now() > deadline)
        throw new Error(`${name} not healthy within ${HEALTHY_WITHIN_MS} ms:\n${this.#lastWords(name)}`);
      await delay(100);
    }
  }

  #launch(name: ControlPlaneProcess): void {
    const log = this.#logs.get(name) ?? new RotatingLog(this.files.log(name), LOG_BYTES);
    this.#logs.set(name, log);
    const { folder } = this.files;
    const args = [...commandOf(name, this.#command), ...(this.options.flags?.[name] ?? [])];
    const launch = {
      file: this.binaries.programs[name].path,
      args,
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder },
    };
    const group = this.#groups.start(launch, (chunk) => log.write(chunk));
    this.#running.set(name, group);
    void group.ended.then(() => {
      if (this.#running.get(name) === group) this.#running.delete(name);
    });
  }

  async #isHealthy(name: ControlPlaneProcess): Promise<boolean> {
    const { ports } = this.#command;
    if (name === 'etcd') return answersOk(`http://127.0.0.1:${ports.etcd}/health`);
    const path = name === 'kube-apiserver' ? '/readyz' : '/healthz';
    try {
      const asker = { url: `https://127.0.0.1:${ports[name]}`, caData: this.caData };
      return (await apiRequest(asker, { path, timeoutMs: 5_000 })).code === 200;
    } catch {
      // Not listening yet, or the certificate is not there yet.
      return false;
    }
  }

  #lastWords(name: ControlPlaneProcess): string {
    return this.logOf(name).split('\n').slice(-15).join('\n');
  }

  async kill(name: ControlPlaneProcess): Promise<void> {
    const group = this.#running.get(name);
    group?.signalAll('SIGKILL');
    await group?.ended;
  }

  pause(name: ControlPlaneProcess): void {
    this.#running.get(name)?.signalAll('SIGSTOP');
  }

  resume(name: ControlPlaneProcess): void {
    this.#running.get(name)?.signalAll('SIGCONT');
  }

  pidOf(name: ControlPlaneProcess): number | undefined {
    return this.#running.get(name)?.pid;
  }

  logOf(name: ControlPlaneProcess): string {
    return this.#logs.get(name)?.text() ?? '';
  }

  stop(): Promise<void> {
    this.#closing ??= this.#groups.close().then(() => {
      for (const log of this.#logs.values()) log.close();
    });
    return this.#closing;
  }
}

/**
 * Starts a control plane and waits until each of its processes is healthy.
 * @throws Error when programs are missing (with the command that builds them) or a process does not come up (with its last lines)
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const binaries = findBinaries(options.version);
  const files = writeControlPlaneFiles(options.folder, [...OWN_USERS, ...(options.users ?? [])]);
  const plane = new Processes(options, binaries, files, await choosePorts());
  try {
    await plane.start();
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
