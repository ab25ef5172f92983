import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const pathOf = (program: string): string =>
  execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine in a folder: a PATH of its own with nothing but what is put there, a checkout with our tools, a log of what was run. */
export class BareMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'cachefarm-machine-'));

  constructor() {
    for (const name of ['bin', 'tools']) mkdirSync(join(this.folder, name));
    for (const entry of readdirSync(join(ROOT, 'tools'), { withFileTypes: true }))
      if (entry.isFile()) copyFileSync(join(ROOT, 'tools', entry.name), join(this.folder, 'tools', entry.name));
    symlinkSync(pathOf('sh'), join(this.folder, 'bin/sh'));
    this.file('log', '');
  }

  file(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** A program on the PATH, as a shell script; `$FOLDER` is this machine's. */
  program(name: string, script: string): void {
    this.file(`bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.folder, 'bin', name), 0o755);
  }

  /** The program of this machine's own that really does it. */
  borrow(name: string): void {
    this.program(name, `exec ${pathOf(name)} "$@"`);
  }

  redis(family: 'redis' | 'valkey', version: string): void {
    for (const role of ['server', 'cli', 'sentinel'])
      this.program(`${family}-${role}`, `echo "Redis server v=${version} sha=0"`);
  }

  /** The Valkey that set-up has fetched for the tests. */
  fetchedValkey(version: string): void {
    const path = 'node_modules/.cache/cachefarm/valkey/valkey-server';
    this.file(path, `#!/bin/sh\necho "Valkey server v=${version} sha=0"\n`);
    chmodSync(join(this.folder, path), 0o755);
  }

  chromium(version: string, name = 'chromium'): void {
    this.program(name, `echo "Chromium ${version} built on a Tuesday"`);
  }

  /** What package-lock.json asks for. */
  lock(version: string): void {
    const optional = { version, optional: true };
    this.file(
      'package-lock.json',
      JSON.stringify({ packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': optional } }),
    );
  }

  /** What npm has installed. */
  installed(version: string): void {
    this.file('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version } } }));
  }

  /** What was run, a line each. */
  get log(): readonly string[] {
    return readFileSync(join(this.folder, 'log'), 'utf8').split('\n').filter(Boolean);
  }

  node(...args: readonly string[]): Ended {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { PATH: join(this.folder, 'bin'), FOLDER: this.folder },
    });
    return { status, stdout, stderr };
  }

  destroy(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A machine on which set-up finds all it wants, and where npm only writes down what it was asked for. */
export function readyMachine(): BareMachine {
  const machine = new BareMachine();
  machine.program('npm', 'echo "npm $*" >>"$FOLDER/log"');
  machine.lock('1.0.0');
  machine.installed('1.0.0');
  machine.redis('redis', '7.0.15');
  machine.fetchedValkey('9.1.2');
  machine.chromium('156.0.8078.79');
  return machine;
}
