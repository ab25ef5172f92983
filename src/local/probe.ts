import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { connect } from 'node:net';
import type { Container, Probe } from './manifest.js';
import type { Launch, ProcessGroups } from './process-groups.js';

type HttpGet = NonNullable<Probe['httpGet']>;

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

/** As the kubelet: 200 to 399 is healthy, a certificate is not looked at. */
function answersHttp(probe: HttpGet, host: string, port: number, timeoutMs: number): Promise<boolean> {
  const tls = probe.scheme === 'HTTPS';
  const headers = Object.fromEntries((probe.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options = { host, port, path: probe.path ?? '/', headers, agent: false as const, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const request = (tls ? getTls : get)(options, ({ statusCode = 0 }) => {
      resolve(statusCode >= 200 && statusCode < 400);
      request.destroy();
    });
    request.setTimeout(timeoutMs, () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}

/** One probe, once. Kinds other than exec, httpGet and tcpSocket count as success. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await succeeds(target, probe.exec.command, timeoutMs);
    const socket = probe.httpGet ?? probe.tcpSocket;
    if (!socket) return true;
    const host = socket.host ?? target.address;
    const port = portNumber(socket.port, target.container);
    return probe.httpGet
      ? await answersHttp(probe.httpGet, host, port, timeoutMs)
      : await answersTcp(host, port, timeoutMs);
  } catch {
    return false;
  }
}
