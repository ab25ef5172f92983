/**
 * What the page knows of the farm, kept up to date by GET /v1/stream.
 *
 * 1. connect; `event: farm`, `pods`, `clusters`, ... say the whole state first, then what changed
 * 2. the stream ends, or says nothing for SILENCE_MS: `connecting`, again after a growing pause with Last-Event-ID
 * 3. not live again after LOST_AFTER_MS: `lost`; what is known stays, with its age
 */
import type {
  BrakesView,
  ClustersView,
  EventsView,
  EventView,
  FarmMap,
  Freshness,
  GroupsView,
  HealthView,
  MapPod,
} from '../api/schemas.js';
import { type FarmFrame, mergeEvents, mergeMap, mergePods, type PodsMessage } from './merge.js';
import type { SseMessage } from './sse-parser.js';

export type Connection = 'live' | 'connecting' | 'lost';

export interface LiveState {
  readonly connection: Connection;
  readonly map: FarmMap | undefined;
  readonly clusters: ClustersView | undefined;
  readonly events: readonly EventView[];
  readonly brakes: BrakesView | undefined;
  readonly groups: GroupsView | undefined;
  readonly health: HealthView | undefined;
  readonly freshness: Freshness | undefined;
  /** by this machine's clock, ms: when `freshness` came */
  readonly heardAt: number;
  /** reading needs a login */
  readonly refused: boolean;
}

export interface StreamEnd {
  /** HTTP status of a refusal; 0: it broke */
  readonly status: number;
}

export interface LiveParts {
  /** Opens the stream. @returns ends it; `ended` is then not called */
  readonly open: (
    lastEventId: string | undefined,
    heard: {
      readonly opened: () => void;
      readonly message: (message: SseMessage) => void;
      /** any byte, a heartbeat too */
      readonly alive: () => void;
      readonly ended: (end: StreamEnd) => void;
    },
  ) => () => void;
  readonly events: () => Promise<EventsView>;
  readonly now: () => number;
  /** @returns takes it back */
  readonly after: (ms: number, what: () => void) => () => void;
}

/** Server's heartbeat: 15 s. */
const SILENCE_MS = 20_000;
const LOST_AFTER_MS = 2_000;
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000] as const;

const BEGIN: LiveState = {
  connection: 'connecting',
  map: undefined,
  clusters: undefined,
  events: [],
  brakes: undefined,
  groups: undefined,
  health: undefined,
  freshness: undefined,
  heardAt: 0,
  refused: false,
};

export class LiveStore {
  #state = BEGIN;
  readonly #listeners = new Set<() => void>();
  #lastEventId: string | undefined;
  #tries = 0;
  #told = false;
  #wholePods = false;
  #resting = false;
  #pods: MapPod[] = [];
  #frame: FarmFrame | undefined;
  #close = (): void => {};
  #cancelRetry = (): void => {};
  #cancelSilence = (): void => {};
  #cancelLost: (() => void) | undefined;

  constructor(private readonly parts: LiveParts) {}

  readonly state = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Also: at once again, for who logged in or came back online. */
  connect(): void {
    this.#resting = false;
    this.#stopAll();
    this.#wholePods = false;
    this.#awaitLost();
    this.#close = this.parts.open(this.#lastEventId, {
      opened: () => this.#opened(),
      alive: () => this.#watchSilence(),
      message: (message) => this.#message(message),
      ended: ({ status }) => this.#ended(status),
    });
    this.#watchSilence();
  }

  /** The browser says that it is offline: nothing has to be waited for. */
  offline(): void {
    if (this.#resting) return;
    this.#ended(0);
    this.#set({ connection: 'lost' });
  }

  stop(): void {
    this.#resting = true;
    this.#stopAll();
    this.#cancelLost?.();
    this.#cancelLost = undefined;
  }

  #stopAll(): void {
    this.#close();
    this.#cancelRetry();
    this.#cancelSilence();
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#told) return;
    this.#told = true;
    // all messages of one piece of the stream are drawn at once
    queueMicrotask(() => {
      this.#told = false;
      for (const listener of this.#listeners) listener();
    });
  }

  #awaitLost(): void {
    if (this.#state.connection === 'live') this.#set({ connection: 'connecting' });
    if (this.#state.connection === 'lost') return;
    this.#cancelLost ??= this.parts.after(LOST_AFTER_MS, () => this.#set({ connection: 'lost' }));
  }

  #watchSilence(): void {
    this.#cancelSilence();
    this.#cancelSilence = this.parts.after(SILENCE_MS, () => this.#ended(0));
  }

  #opened(): void {
    this.#tries = 0;
    this.#cancelLost?.();
    this.#cancelLost = undefined;
    this.#set({ connection: 'live', refused: false });
    // what happened while nobody listened, or before this page was there; the next stream tries again
    this.parts.events().then(
      (past) => this.#set({ events: mergeEvents(this.#state.events, past.events) }),
      () => {},
    );
  }

  #ended(status: number): void {
    this.#stopAll();
    this.#awaitLost();
    if (status === 401 || status === 403) this.#set({ refused: true });
    const pause = PAUSES_MS[Math.min(this.#tries++, PAUSES_MS.length - 1)] ?? 4_000;
    this.#cancelRetry = this.parts.after(pause, () => this.connect());
  }

  #heard(freshness: Freshness | null | undefined): Partial<LiveState> {
    return freshness ? { freshness, heardAt: this.parts.now() } : {};
  }

  #message({ event, data, id }: SseMessage): void {
    if (id !== undefined) this.#lastEventId = id;
    const said: unknown = JSON.parse(data);
    if (event === 'farm') this.#heardFarm(said as FarmFrame);
    else if (event === 'pods') this.#heardPods(said as PodsMessage);
    else if (event === 'clusters') this.#set({ clusters: said as ClustersView });
    else if (event === 'brakes') this.#set({ brakes: said as BrakesView });
    else if (event === 'groups') this.#set({ groups: said as GroupsView });
    else if (event === 'health')
      this.#set({ health: said as HealthView, ...this.#heard((said as HealthView).freshness) });
    else if (event === 'event') this.#set({ events: mergeEvents(this.#state.events, [said as EventView]) });
  }

  #heardFarm(frame: FarmFrame): void {
    this.#frame = frame;
    this.#set({ map: mergeMap(this.#state.map, frame, this.#pods), ...this.#heard(frame.freshness) });
  }

  #heardPods(message: PodsMessage): void {
    const unchanged = this.#wholePods && message.pods.length === 0 && message.gone.length === 0;
    if (!unchanged) this.#pods = mergePods(this.#wholePods ? this.#pods : [], message);
    this.#wholePods = true;
    const map = unchanged ? this.#state.map : mergeMap(this.#state.map, this.#frame, this.#pods);
    this.#set({ map, ...this.#heard(message.freshness) });
  }
}
