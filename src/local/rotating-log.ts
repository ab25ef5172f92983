import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * A log file that keeps one predecessor: `x.log` and `x.log.1`, each at most about `maxBytes`. What was there before, from an earlier pod
 * of that name, becomes `x.log.previous`.
 */
export class RotatingLog {
  #fd: number | undefined;
  #size = 0;

  constructor(
    readonly path: string,
    readonly maxBytes = 1_000_000,
  ) {
    if (existsSync(path)) renameSync(path, `${path}.previous`);
    rmSync(`${path}.1`, { force: true });
  }

  #open(): number {
    if (this.#fd === undefined) {
      this.#fd = openSync(this.path, 'a', 0o600);
      this.#size = fstatSync(this.#fd).size;
    }
    return this.#fd;
  }

  write(chunk: Buffer | string): void {
    const bytes = Buffer.from(chunk as string);
    const fd = this.#open();
    this.#size += writeSync(fd, bytes);
    if (this.#size < this.maxBytes) return;
    this.close();
    renameSync(this.path, `${this.path}.1`);
  }

  text(): string {
    return [`${this.path}.1`, this.path].map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join('');
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
