import { closeSync, openSync, writeSync } from 'node:fs';

/** as many characters at once */
const CHUNK = 64 * 1_024;

/** JSON lines to a file, many at once. */
export class LineFile {
  readonly #file: number;
  #text = '';

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  add(record: unknown): void {
    this.#text += `${JSON.stringify(record)}\n`;
    if (this.#text.length > CHUNK) this.#write();
  }

  #write(): void {
    if (this.#text !== '') writeSync(this.#file, this.#text);
    this.#text = '';
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }
}
