import { connect } from 'node:net';
import type { Container, Probe } from './manifest.js';
import type { Launch, ProcessGroups } from './process-groups.js';

export interface ProbeTarget {
  readonly address: string;
  readonly container: Container;
  readonly launch: (command: readonly string[]) => Launch;
  readonly processes: ProcessGroups;
}

function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((candidate) => candidate.name === port)?.containerPort;
  return named ?? Number(port);
}

function answersTcp(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

async function succeeds(target: ProbeTarget, command: readonly string[], timeoutMs: number): Promise<boolean> {
  const group = target.processes.start(target.launch(command), () => undefined);
  const late = setTimeout(() => group.signalAll('SIGKILL'), timeoutMs);
  const exit = await group.ended;
  clearTimeout(late);
  return exit.code === 0;
}

/** One probe, once. Kinds other than exec and tcpSocket count as success. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await succeeds(target, probe.exec.command, timeoutMs);
    if (!probe.tcpSocket) return true;
    const port = portNumber(probe.tcpSocket.port, target.container);
    return await answersTcp(probe.tcpSocket.host ?? target.address, port, timeoutMs);
  } catch {
    return false;
  }
}
