import type { BarnEvent } from '../barn/barn.js';
import type { ColdEvent, DecidedEvent, EndedEvent, FailedEvent, PassEvent } from './barn-events.js';
import {
  describeCold,
  describeDecided,
  describeEnded,
  describeFailed,
  describeNotes,
  describePass,
} from './describe.js';
import { type EventFilter, EventRing } from './event-ring.js';
import { FarmMetrics, type Sight } from './farm-metrics.js';
import { type Health, PassHealth } from './health.js';
import { HeldNotes } from './held-notes.js';
import { createLogger, type LineSink, type LogLevel } from './logger.js';
import { scrubber, scrubRecord } from './scrub.js';
import type { Level, VoiceEvent, VoiceRecord } from './voice-event.js';

export interface VoiceParts {
  /** its name */
  readonly farm: string;
  readonly out: LineSink;
  readonly level: LogLevel;
  /** ms since the epoch: lines, events and the time of the last pass are dated by it */
  now(): number;
  /** values that must never be told, such as what was read from the Secret; what looks like one is left out in any case */
  readonly secrets?: readonly string[];
  /** memory, CPU, event loop of this process as well; @default false */
  readonly processMetrics?: boolean;
  /** how old is what is known of each KubeCluster; @default nothing is told of it */
  sights?(): readonly Sight[];
}

export interface Voice {
  /** Tells an event of Barn; never throws. */
  told(event: BarnEvent): void;
  /** A line of the process itself: started, stopping, lease lost. Never throws. */
  say(level: Level, text: string): void;
  /** It leads, or does not lead any more. Never throws. @param why for a person */
  led(leads: boolean, why: string): void;
  /** Something could not be written to a KubeCluster. Never throws. */
  unwritten(datacenter: string, kind: 'status' | 'event', error: unknown): void;
  /** The last 1,000 events, oldest first. */
  events(filter?: EventFilter): readonly VoiceEvent[];
  /** Each event as it is told. @returns ends it */
  onEvent(listener: (event: VoiceEvent) => void): () => void;
  /** Somebody changed something over HTTP, or was refused: a line `audit`, and no event. Never throws. */
  audit(record: Readonly<Record<string, unknown>>): void;
  /** What Prometheus reads. */
  metrics(): Promise<string>;
  live(): Health;
  ready(): Health;
}

/** Barn's own voice: lines, figures and events out of what it tells. Its functions may be handed on one by one. */
export function createVoice(parts: VoiceParts): Voice {
  const voice = new FarmVoice(parts);
  return {
    told: (event) => voice.told(event),
    say: (level, text) => voice.say(level, text),
    led: (leads, why) => voice.led(leads, why),
    unwritten: (datacenter, kind, error) => voice.unwritten(datacenter, kind, error),
    events: (filter) => voice.events(filter),
    onEvent: (listener) => voice.onEvent(listener),
    audit: (record) => voice.audit(record),
    metrics: () => voice.metrics(),
    live: () => voice.live(),
    ready: () => voice.ready(),
  };
}

class FarmVoice implements Voice {
  readonly #logger;
  readonly #scrub;
  readonly #metrics;
  readonly #health;
  readonly #ring = new EventRing();
  readonly #held = new HeldNotes();
  #clusterNames: ReadonlySet<string> = new Set();

  constructor(readonly parts: VoiceParts) {
    const { farm, out, level, secrets, processMetrics = false } = parts;
    this.#logger = createLogger(farm, out, level, () => parts.now());
    this.#scrub = scrubber(secrets);
    this.#metrics = new FarmMetrics(farm, processMetrics, () => parts.sights?.() ?? []);
    this.#health = new PassHealth(parts.now());
  }

  told(event: BarnEvent): void {
    // Whoever listens must not end the pass that tells him something: an event we cannot tell is no reason to stop healing.
    try {
      this.#hear(event);
    } catch {
      this.#metrics.untold();
    }
  }

  say(level: Level, text: string): void {
    try {
      this.#tell({ level, msg: text });
    } catch {
      this.#metrics.untold();
    }
  }

  led(leads: boolean, why: string): void {
    this.#metrics.led(leads);
    this.say('info', `${leads ? 'leads' : 'follows'}: ${why}`);
  }

  unwritten(datacenter: string, kind: 'status' | 'event', error: unknown): void {
    this.#metrics.unwritten(datacenter, kind);
    this.say('warn', `${kind} of ${datacenter} not written: ${error instanceof Error ? error.message : String(error)}`);
  }

  #hear(event: BarnEvent): void {
    switch (event.kind) {
      case 'pass':
        this.#passed(event);
        break;
      case 'decided':
        this.#decided(event);
        break;
      case 'ended':
        this.#ended(event);
        break;
      case 'cold':
        this.#cold(event);
        break;
      case 'failed':
        this.#failed(event);
        break;
      default:
        event satisfies never;
    }
  }

  #passed(event: PassEvent): void {
    const at = this.parts.now();
    const first = !this.#health.ready().ok;
    this.#health.passed(at);
    this.#metrics.passed(event, at);
    this.#clusterNames = new Set(event.farm.cacheClusters.map(({ clusterName }) => clusterName));
    this.#tell(describePass(event, first));
    const { appeared, gone } = this.#held.next(event.plan.notes, at);
    const changes = [
      ...describeNotes(gone, 'over', this.#clusterNames),
      ...describeNotes(appeared, 'holds', this.#clusterNames),
    ];
    for (const record of changes) this.#tell(record);
  }

  #decided(event: DecidedEvent): void {
    this.#metrics.decided(event);
    this.#tell(describeDecided(event, this.#clusterNames));
  }

  #ended(event: EndedEvent): void {
    this.#metrics.ended(event);
    this.#tell(describeEnded(event, this.#clusterNames));
  }

  #cold(event: ColdEvent): void {
    this.#metrics.cold();
    this.#tell(describeCold(event, this.#clusterNames));
  }

  #failed(event: FailedEvent): void {
    this.#metrics.failed();
    const record = describeFailed(event);
    this.#health.failed(this.#scrub(record.error?.message ?? ''));
    this.#tell(record);
  }

  #tell(record: VoiceRecord): void {
    const { level, msg, ...fields } = scrubRecord(record, this.#scrub);
    if (level !== 'debug') this.#ring.push({ level, msg, ...fields }, this.parts.now());
    // A line that cannot be written must not take those after it along.
    try {
      this.#logger[level](fields, msg);
    } catch {
      this.#metrics.untold();
    }
  }

  events(filter?: EventFilter): readonly VoiceEvent[] {
    return this.#ring.read(filter);
  }

  onEvent(listener: (event: VoiceEvent) => void): () => void {
    return this.#ring.listen(listener);
  }

  audit(record: Readonly<Record<string, unknown>>): void {
    try {
      this.#logger.info(scrubRecord(record, this.#scrub), 'audit');
    } catch {
      this.#metrics.untold();
    }
  }

  metrics(): Promise<string> {
    return this.#metrics.text();
  }

  live(): Health {
    return this.#health.live(this.parts.now());
  }

  ready(): Health {
    return this.#health.ready();
  }
}
