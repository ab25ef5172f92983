/** Plays a case of the contract, commands or a scene, on three sentinels, real or simulated. */
import { CASES } from './sentinel-contract-cases.js';
import { COMMAND_LINES, VOLATILE } from './sentinel-contract-commands.js';
import { SentinelStage, type StageServers } from './sentinel-stage.js';

export const CONTRACT: readonly string[] = [...Object.keys(COMMAND_LINES), ...Object.keys(CASES)];

/** INFO lists names in the order of a hash table. */
const sortedInfo = (text: string): string =>
  text.startsWith('# Sentinel')
    ? text
        .split('\r\n')
        .map((line) => line.replace(/^master\d+/, 'master'))
        .sort()
        .join(' ')
    : text;

/** Entries of names without what is never the same twice. */
function steady(value: unknown): unknown {
  if (!Array.isArray(value)) return typeof value === 'string' ? sortedInfo(value) : value;
  if (value[0] !== 'name') return value.map(steady);
  return value.flatMap((word, i) => (i % 2 === 0 && !VOLATILE.has(String(word)) ? [`${word}=${value[i + 1]}`] : []));
}

async function answers(servers: StageServers, lines: readonly string[]): Promise<unknown> {
  const stage = new SentinelStage(servers);
  await stage.sentinel('s0');
  const told: unknown[] = [];
  for (const line of lines) {
    const [, user = '', words = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
    const reply = stage.masked(await servers.ask('s0', user === 'nobody' ? undefined : user, stage.words(words)));
    told.push([line, steady(reply)]);
  }
  // Events come on a connection of their own.
  await servers.pass(50);
  return [told, stage.told(/^\+(?!.?down)|^-monitor/)];
}

async function scene(servers: StageServers, name: string): Promise<unknown> {
  const stage = new SentinelStage(servers);
  await stage.begin();
  return CASES[name]?.(stage);
}

export async function playContract(servers: StageServers, name: string): Promise<unknown> {
  const lines = COMMAND_LINES[name];
  try {
    // As the file that it is kept in would give it.
    return JSON.parse(JSON.stringify(await (lines ? answers(servers, lines) : scene(servers, name))));
  } finally {
    await servers.stop();
  }
}
