// Barn in a process of its own: `barn-process <name> <own address> <state folder> <kubeconfig> <election|alone>`. Tells its parent what it does.
import { randomInt } from 'node:crypto';
import type { BarnEvent } from '../../src/barn/barn.js';
import { accessThrough } from '../../src/cli/farm-access.js';
import { farmEndpoints } from '../../src/cli/farm-endpoints.js';
import { locateFarm } from '../../src/cli/locate-farm.js';
import { runBarn } from '../../src/cli/run-barn.js';
import { runOperator } from '../../src/cli/run-operator.js';
import { listedSource } from '../../src/observe/kube-client.js';
import { CONTROLLERS } from '../../src/plan/epoch.js';
import { answering } from './answering.js';
import { now } from './clock.js';
import { crashAt } from './crash-points.js';
import { speakFrom } from './own-address.js';
import type { BarnLine, CrashPoint } from './stage.js';

const [, , name = 'barn-1', address = '127.0.0.1', state = '', kubeconfig = '', mode = 'election'] = process.argv;

type Told = Omit<BarnLine, 'barn' | 'at'> & {
  readonly decisions?: number;
  readonly ms?: number;
  readonly waits?: readonly string[];
};

function tell(line: Told): void {
  if (process.connected) process.send?.({ barn: name, at: now(), ...line });
}

function told(event: BarnEvent): void {
  switch (event.kind) {
    case 'pass': {
      const waits = event.plan.notes.map(({ subject, reason, detail }) => `${subject} ${reason}: ${detail}`);
      tell({ kind: 'pass', decisions: event.plan.decisions.length, ms: event.ms, waits });
      break;
    }
    case 'decided': {
      const { reason, subject, detail } = event.decision;
      tell({ kind: 'decided', reason, subject, detail });
      break;
    }
    case 'ended': {
      const { reason, subject } = event.decision;
      const receipts = event.receipts.map(({ action, status, reason: why }) => `${action.kind} ${status} ${why}`);
      tell({ kind: 'ended', reason, subject, receipts });
      break;
    }
    case 'failed':
      tell({ kind: 'failed', error: String(event.error instanceof Error ? event.error.stack : event.error) });
  }
}

speakFrom(address);
const { frame, credentials: read } = await locateFarm({ state });
const credentials = await read();

/** Acts as if it were alone: no Lease holds it back. */
function runAlone(): () => Promise<void> {
  const sources = farmEndpoints(frame, kubeconfig, undefined).map((endpoint) => listedSource(frame, endpoint));
  const access = accessThrough(frame, credentials, sources);
  const running = runBarn(access, { controller: randomInt(CONTROLLERS), told });
  tell({ kind: 'led', leads: true });
  return async () => {
    await running.stop();
    access.close();
  };
}

function runElected(): () => Promise<void> {
  const voice = {
    told,
    led: (leads: boolean, why: string) => tell({ kind: 'led', leads, detail: why }),
    unwritten: () => undefined,
    say: () => undefined,
  };
  const operator = runOperator({
    ...{ frame, credentials, kubeconfig, voice },
    ownDatacenter: undefined,
    identity: `${name}/${process.pid}`,
  });
  return () => operator.stop();
}

const stop = mode === 'alone' ? runAlone() : runElected();
process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
answering({ crashAt: (point: CrashPoint) => crashAt(point) });
