/**
 * Who listens on loopback is meant for this machine. A page elsewhere can still reach it when its own name is made to lead here (DNS rebinding);
 * the name stays in `Host`, and is none of this machine's.
 */
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

const nameOf = (host: string): string =>
  host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();

export function refuseForeignHosts(request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void {
  const { host } = request.headers;
  if (host === undefined || isLoopback(nameOf(host)) || nameOf(host).endsWith('.localhost')) done();
  else done(new ProblemError(421, 'this server is for its own machine: ask for localhost or 127.0.0.1'));
}
