import type { VoiceEvent, VoiceRecord } from './voice-event.js';

export interface EventFilter {
  /** only events with a higher `seq` */
  readonly since?: number;
  /** a subject, or a cache cluster with all its partitions */
  readonly subject?: string;
}

const isAbout = (event: VoiceEvent, subject: string): boolean =>
  event.subject === subject ||
  event.cluster === subject ||
  (event.subjects?.some((one) => one === subject || one.startsWith(`${subject}::`)) ?? false);

/** The last events, oldest first. They are records of their own: a World that an event came with is not kept alive by it. */
export class EventRing {
  readonly #events: VoiceEvent[] = [];
  readonly #listeners = new Set<(event: VoiceEvent) => void>();
  #seq = 0;

  constructor(readonly limit = 1_000) {}

  push(record: VoiceRecord, at: number): void {
    const event = { ...record, seq: ++this.#seq, at };
    this.#events.push(event);
    if (this.#events.length > this.limit) this.#events.shift();
    for (const listener of this.#listeners) {
      // One that fails must not take the others along, nor the line that is told of.
      try {
        listener(event);
      } catch {}
    }
  }

  /** @returns ends it */
  listen(listener: (event: VoiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  read({ since = 0, subject }: EventFilter = {}): readonly VoiceEvent[] {
    return this.#events.filter((event) => event.seq > since && (subject === undefined || isAbout(event, subject)));
  }
}
