import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join, resolve } from 'node:path';
import type { FarmFrame } from '../farm/model.js';
import { API_PORT, apiHost, takeBlock } from './address-block.js';
import { kubeconfigText } from './kubeconfig.js';
import { killLeftovers } from './process-groups.js';
import { type FarmSecrets, stateSecrets } from './secrets.js';
import { attach, FarmIsRunning, lockState, tellLock } from './state-lock.js';

/** A state folder and a block of addresses, held by this process. */
export interface FarmState {
  readonly folder: string;
  readonly block: number;
  /** `http://127.x.0.1:port` */
  readonly address: string;
  readonly kubeconfig: string;
  readonly kubeconfigText: string;
  readonly token: string;
  readonly secrets: FarmSecrets;
  /** file with a line a started process */
  readonly journal: string;
  /** gives folder and addresses back */
  release(): Promise<void>;
}

/** The start scripts put it into configuration files and take nothing else. */
const SAFE_PATH = /^[A-Za-z0-9._/@+-]+$/;

function makeFolder(folder: string): void {
  if (!SAFE_PATH.test(folder))
    throw new Error(`state folder ${folder}: only A-Z a-z 0-9 . _ / @ + - may be in its path; choose another one`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

/** What a crash leaves: processes, should the watchdog have died too, and the folders of pods that are no more. */
function cleanUp(folder: string, journal: string, log: (line: string) => void): void {
  const killed = killLeftovers(journal);
  if (killed > 0)
    log(`ended ${killed} process${killed === 1 ? '' : 'es'} that an earlier farm in ${folder} left running`);
  rmSync(join(folder, 'pods'), { recursive: true, force: true });
}

/**
 * Takes a state folder and addresses, cleans up after a crash, makes secrets and kubeconfig.
 * @param server its API, not listening yet
 * @param locked gives the folder back, where this process has locked it already
 * @throws FarmIsRunning, UnreadableSecrets; Error when there are no addresses, or the path holds characters that the start scripts refuse
 */
export async function openState(
  path: string,
  frame: FarmFrame,
  server: Server,
  log: (line: string) => void,
  locked?: () => void,
): Promise<FarmState> {
  const folder = resolve(path);
  makeFolder(folder);
  const live = locked ? undefined : attach(folder);
  if (live) throw new FarmIsRunning(folder, live);
  const block = await takeBlock(server, folder);
  const address = `http://${apiHost(block)}:${API_PORT}`;
  const kubeconfig = join(folder, 'kubeconfig');
  const journal = join(folder, 'processes');
  const farm = { farm: frame.name, address, kubeconfig };
  let unlock = locked;
  try {
    if (locked) tellLock(folder, farm);
    unlock ??= lockState(folder, farm);
    const givenBack = unlock;
    cleanUp(folder, journal, log);
    const { token, ...secrets } = stateSecrets(folder);
    const text = kubeconfigText(address, frame.datacenters, frame.namespace, token);
    writeFileSync(kubeconfig, text, { mode: 0o600 });
    const release = async (): Promise<void> => {
      await closeServer(server);
      rmSync(kubeconfig, { force: true });
      rmSync(join(folder, 'pods'), { recursive: true, force: true });
      givenBack();
    };
    return { folder, block, address, kubeconfig, kubeconfigText: text, token, secrets, journal, release };
  } catch (error) {
    await closeServer(server);
    unlock?.();
    throw error;
  }
}
