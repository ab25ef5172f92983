import { type Logger, pino } from 'pino';
import { CENSORED } from './scrub.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where lines go: one JSON object and a line feed for each call. */
export interface LineSink {
  write(line: string): void;
}

/**
 * No field of ours is called so; should one ever be, its value stays here. Exact paths only: wildcards made a line three times as dear, and
 * thousands are written while a datacenter is down. What these do not reach, scrub.ts does.
 */
const SECRET_FIELDS = [
  'password',
  'secret',
  'secrets',
  'token',
  'auth',
  'command',
  'args',
  'error.command',
  'error.args',
];

export const createLogger = (farmName: string, out: LineSink, level: LogLevel, now: () => number): Logger =>
  pino(
    {
      level,
      base: { farm: farmName },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS, censor: CENSORED },
    },
    // Behind a record of ours: pino goes around process.stdout to its file descriptor, and then sleeps on the only thread while a pipe is full.
    { write: (line) => out.write(line) },
  );
