/** Server-sent events out of a byte stream's text (WHATWG HTML 9.2.6); EventSource itself can neither send a header nor tell a status. */

export interface SseMessage {
  readonly event: string;
  readonly data: string;
  /** the last id that was said, with this message or before it */
  readonly id: string | undefined;
}

export class SseParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id: string | undefined;

  /** @param text the next piece, cut anywhere */
  push(text: string): readonly SseMessage[] {
    const found: SseMessage[] = [];
    this.#rest += text;
    // a CR at the very end may be the first half of CR LF
    const end = this.#rest.endsWith('\r') ? this.#rest.length - 1 : this.#rest.length;
    const lines = this.#rest.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + this.#rest.slice(end);
    for (const line of lines) {
      const message = this.#line(line);
      if (message) found.push(message);
    }
    return found;
  }

  #line(line: string): SseMessage | undefined {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #end(): SseMessage | undefined {
    const message =
      this.#data.length === 0
        ? undefined
        : { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n'), id: this.#id };
    this.#event = '';
    this.#data = [];
    return message;
  }
}
