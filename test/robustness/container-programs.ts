import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Programs before the real ones on the PATH of the containers. `sh`: the start of a server waits as long as a file says, for a real kubelet needs
 * 1-2 s to make a container anew, and the embedded one milliseconds. `redis-cli`: cannot be given a source address, so a cut that its machine
 * suffers is written to a file, and it gets no answer.
 */
export class ContainerPrograms {
  readonly folder: string;
  readonly #delay: string;
  readonly #cuts: string;

  constructor(state: string) {
    this.folder = join(state, 'harness-bin');
    this.#delay = join(state, 'restart-delay');
    this.#cuts = join(state, 'cuts');
    for (const folder of [this.folder, this.#cuts]) mkdirSync(folder, { recursive: true });
    this.#program(
      'sh',
      `case $1 in *redis-start.sh | *sentinel-start.sh) read -r s <"${this.#delay}" && sleep "$s" ;; esac`,
      'exec /bin/sh "$@"',
    );
    const cli = execFileSync('/bin/sh', ['-c', 'command -v redis-cli'], { encoding: 'utf8' }).trim();
    this.#program(
      'redis-cli',
      `cut="${this.#cuts}/$FARM_IP" host='' is_host=''`,
      'if [ -s "$cut" ]; then',
      '  for word; do',
      '    if [ -n "$is_host" ]; then host=$word; fi',
      '    is_host=\'\'; if [ "$word" = -h ]; then is_host=1; fi',
      '  done',
      '  while read -r lost; do if [ "$lost" = "$host" ]; then exec sleep 60; fi; done <"$cut"',
      'fi',
      `exec ${cli} "$@"`,
    );
    this.restartDelay(0);
  }

  #program(name: string, ...lines: readonly string[]): void {
    writeFileSync(join(this.folder, name), `${['#!/bin/sh', ...lines].join('\n')}\n`);
    chmodSync(join(this.folder, name), 0o755);
  }

  restartDelay(seconds: number): void {
    writeFileSync(this.#delay, `${seconds}\n`);
  }

  /** @param lost machine ip -> the ips that it cannot reach; who is not named reaches all */
  cuts(lost: ReadonlyMap<string, readonly string[]>, machines: readonly string[]): void {
    for (const ip of machines) {
      const file = join(this.#cuts, ip);
      const hosts = lost.get(ip) ?? [];
      if (hosts.length > 0) writeFileSync(file, `${hosts.join('\n')}\n`);
      else if (existsSync(file)) rmSync(file);
    }
  }
}
