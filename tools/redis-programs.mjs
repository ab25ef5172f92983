// Which Redis, or Valkey, is on the PATH. No dependency: set-up runs before there are any.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Sentinels have had ACLs since 6.2; without them the farm cannot be fenced. */
export const REDIS_FLOOR = [6, 2];
/** In order of preference; Valkey speaks the same protocol and takes the same configuration. */
const FAMILIES = ['redis', 'valkey'];
const ROLES = ['server', 'cli', 'sentinel'];

export const isBelow = (version, floor) => version[0] < floor[0] || (version[0] === floor[0] && version[1] < floor[1]);

/** @returns the text that `<binary> --version` prints, or undefined when there is no such binary */
function versionText(binary) {
  const result = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** One family's state: which binaries are missing, and the server's version. */
function inspect(family) {
  const missing = ROLES.map((role) => `${family}-${role}`).filter((binary) => versionText(binary) === undefined);
  const match = /v=(\d+)\.(\d+)\.(\d+)/.exec(versionText(`${family}-server`) ?? '');
  return { family, missing, version: match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined };
}

const isUsable = ({ missing, version }) => missing.length === 0 && version && !isBelow(version, REDIS_FLOOR);

/** @returns the family to use, `{ family, version }`, or undefined */
export function findRedis() {
  for (const family of FAMILIES) {
    const state = inspect(family);
    if (isUsable(state)) return state;
  }
  return undefined;
}

/** Why there is none, in words. */
export function describeRedis() {
  for (const { family, missing, version } of FAMILIES.map(inspect)) {
    if (missing.length === ROLES.length) continue;
    if (missing.length > 0) return `${family} is here, but ${missing.join(' and ')} is not on the PATH`;
    if (version && isBelow(version, REDIS_FLOOR))
      return `${family}-server is ${version.join('.')}; ${REDIS_FLOOR.join('.')} or newer is needed (ACLs on sentinels)`;
  }
  return 'redis-server, redis-cli and redis-sentinel are not on the PATH';
}

/**
 * The PATH on which redis-server, redis-cli and redis-sentinel are found. Where only Valkey is installed, a folder in front gives its
 * programs those names, as the official Valkey image does.
 * @param folder made anew when it is needed
 */
export function redisPath(folder, path = process.env.PATH ?? '') {
  if (findRedis()?.family !== 'valkey') return path;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const role of ROLES) {
    const found = spawnSync('sh', ['-c', `command -v valkey-${role}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(folder, `redis-${role}`));
  }
  return `${folder}${delimiter}${path}`;
}
