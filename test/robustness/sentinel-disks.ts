import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './stage.js';

const PAGE = 4_096;

interface Small {
  readonly folder: string;
}

const filesIn = (folder: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

function write(folder: string, files: ReadonlyMap<string, Buffer>): void {
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
}

/** Folders of sentinel.conf with not one free byte: a small memory file system is laid over each. */
export class SentinelDisks {
  readonly #small = new Map<string, Small>();

  /** @param conf path of its sentinel.conf */
  fill({ address }: Place, conf: string): void {
    if (this.#small.has(address)) return;
    const folder = dirname(conf);
    const files = filesIn(folder);
    const pages = [...files.values()].reduce((sum, bytes) => sum + Math.ceil(bytes.length / PAGE), 0);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${pages * PAGE}`, 'tmpfs', folder]);
    this.#small.set(address, { folder });
    write(folder, files);
  }

  /** What it could write of late stays. */
  free({ address }: Pick<Place, 'address'>): void {
    const small = this.#small.get(address);
    if (!small) return;
    const files = filesIn(small.folder);
    execFileSync('umount', ['-l', small.folder]);
    for (const name of readdirSync(small.folder))
      if (!files.has(name) && name.includes('.tmp')) rmSync(join(small.folder, name), { force: true });
    write(small.folder, files);
    this.#small.delete(address);
  }

  freeAll(): void {
    for (const address of [...this.#small.keys()]) this.free({ address });
  }
}
