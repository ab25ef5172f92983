/**
 * Which of several Barns leads: the one that holds the Lease in more than half of the farm's KubeClusters.
 *  1. a Lease is taken by compare and set, when nobody holds it or when its holder has not renewed it for its whole duration, as seen on our own
 *     steady clock: clocks are never compared
 *  2. who cannot get more than half takes none, and who did not get more than half gives back what it got and waits for a random time
 *  3. each leader has a term of its own: above every term in the Leases it takes. Any two majorities share a Lease, so no two leaders have one term
 *  4. a leader renews every second and stops leading half a second before anybody may take its Leases
 * A Lease fences nothing: a leader that hangs may act when it wakes up. The epochs do, and the term keeps them apart (design.md 4.4).
 */
import type { LeasePost, LeaseSeen } from '../act/kube-lease.js';
import { CONTROLLERS } from '../plan/epoch.js';

export interface ElectionParts {
  /** of the KubeClusters that can be reached from here */
  readonly posts: readonly LeasePost[];
  /** all KubeClusters of the farm: more than half of them make a leader */
  readonly kubeClusters: number;
  /** unique among all that run */
  readonly identity: string;
  /** ms on a steady clock */
  now(): number;
  wait(ms: number): Promise<void>;
  /** 0 <= x < 1 */
  random(): number;
  /** told when it changes; @param why for a person */
  changed?(leads: boolean, why: string): void;
}

interface Post {
  readonly lease: LeasePost;
  seen: LeaseSeen | undefined;
  /** when what is seen was first seen */
  seenAt: number;
  /** ours until then, by our own clock; 0: not ours */
  heldUntil: number;
  /** it answered when it was last asked */
  answers: boolean;
  /** what is under way there: one thing at a time */
  busy: Promise<void> | undefined;
}

/** ms between two renewals; between two looks of one who follows */
const RENEW_MS = 1_000;
const LOOK_MS = 400;
/** ms until it looks again at least, whatever has run out meanwhile */
const LEAST_MS = 20;
/** ms that a leader stops before its Leases are free for others */
const MARGIN_MS = 500;
/** KubeClusters that have not answered so long after a majority has are not waited for; ms */
const GRACE_MS = 100;
/** A contest was lost: ms, and as much again by chance */
const REST_MS = 200;

export class Election {
  readonly #posts: readonly Post[];
  /** 0: has never led */
  #term = 0;
  /** the contest for the term was won; not while Leases are taken for the next one, though they may be a majority by then */
  #elected = false;
  #told = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  constructor(readonly parts: ElectionParts) {
    this.#posts = parts.posts.map((lease) => ({
      lease,
      seen: undefined,
      seenAt: 0,
      heldUntil: 0,
      answers: false,
      busy: undefined,
    }));
  }

  /** At this very moment. */
  get leads(): boolean {
    return this.#elected && this.#isMajority(this.#held);
  }

  /** Of the last time it led. */
  get term(): number {
    return this.#term;
  }

  /** What keeps the epochs of two leaders apart: 0..1023. */
  get controller(): number {
    return this.#term % CONTROLLERS;
  }

  /** When another one was last seen to take or renew a Lease; ms on our own clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get #held(): readonly Post[] {
    const now = this.parts.now();
    return this.#posts.filter(({ heldUntil }) => heldUntil > now);
  }

  /** Those that can be given back now. */
  get #mine(): readonly Post[] {
    return this.#posts.filter((post) => !post.busy && this.#isMine(post));
  }

  #isMajority(posts: readonly Post[]): boolean {
    return posts.length * 2 > this.parts.kubeClusters;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Leads no more, and gives back what it holds: another one may lead at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    await Promise.all(
      this.#posts.map(async (post) => {
        await post.busy;
        if (this.#isMine(post)) await this.#giveBack([post]);
      }),
    );
    this.#tell('stopped');
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const pause = await (this.leads ? this.#renew() : this.#contest());
      if (!this.#stopped) await this.#pause(pause);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.parts.wait(ms).then(resolve, resolve);
    });
  }

  #isMine({ seen }: Post): boolean {
    return seen?.holder === this.parts.identity;
  }

  #isFree(post: Post): boolean {
    return !post.busy && (this.#hasRunOut(post) || (post.answers && this.#isMine(post)));
  }

  /** Nobody's, or of somebody who has not renewed it for its whole duration. */
  #hasRunOut({ answers, seen, seenAt }: Post): boolean {
    if (!answers) return false;
    return seen === undefined || seen.holder === '' || this.parts.now() - seenAt >= seen.durationMs;
  }

  #see(post: Post, seen: LeaseSeen | undefined): void {
    post.answers = true;
    if (seen === undefined || seen.version !== post.seen?.version) post.seenAt = this.parts.now();
    if (seen?.version !== post.seen?.version && seen?.holder !== this.parts.identity) this.#heardAt = post.seenAt;
    post.seen = seen;
    if (seen?.holder !== this.parts.identity) post.heldUntil = 0;
  }

  /** Something with each Lease, side by side: a KubeCluster that hangs keeps its own Lease waiting and no other. */
  #each(work: (post: Post) => Promise<void>): Promise<void> {
    const all = this.#posts.map((post) => {
      post.busy ??= work(post).finally(() => {
        post.busy = undefined;
      });
      return post.busy;
    });
    return new Promise((resolve) => {
      let ended = 0;
      const next = (): void => {
        ended++;
        if (ended === all.length) resolve();
        else if (ended * 2 > this.parts.kubeClusters) this.parts.wait(GRACE_MS).then(resolve, resolve);
      };
      for (const one of all) one.then(next, next);
      if (all.length === 0) resolve();
    });
  }

  async #look(post: Post): Promise<void> {
    post.answers = false;
    try {
      this.#see(post, await post.lease.read());
    } catch {
      // Unknown: neither free nor lost; what is held runs out by itself.
    }
  }

  /** @returns whether it is ours now */
  async #take(post: Post, term: number): Promise<boolean> {
    const from = this.parts.now();
    const { identity } = this.parts;
    try {
      // A term in a Lease never falls: the next one has to be above all of them.
      const seen = await post.lease.write(identity, Math.max(term, post.seen?.term ?? 0), post.seen);
      this.#see(post, seen);
      post.heldUntil = from + seen.durationMs - MARGIN_MS;
      return true;
    } catch {
      // Refused, or unanswered and perhaps written all the same: what is there now is what counts.
      await this.#look(post);
      return false;
    }
  }

  async #giveBack(posts: readonly Post[]): Promise<void> {
    await Promise.all(
      posts.map(async (post) => {
        post.heldUntil = 0;
        try {
          this.#see(post, await post.lease.write('', post.seen?.term ?? 0, post.seen));
        } catch {
          // It runs out by itself.
        }
      }),
    );
  }

  async #renewOne(post: Post): Promise<void> {
    if (!this.#isMine(post)) await this.#look(post);
    if (!(this.#isMine(post) || this.#hasRunOut(post)) || (await this.#take(post, this.#term))) return;
    // Somebody wrote on it and left it ours.
    if (post.answers && this.#isMine(post)) await this.#take(post, this.#term);
  }

  /** @returns ms until the next round */
  async #renew(): Promise<number> {
    await this.#each((post) => this.#renewOne(post));
    if (!this.leads) this.#tell(`holds ${this.#held.length} of ${this.parts.kubeClusters} Leases`);
    return this.leads ? RENEW_MS * (0.9 + 0.2 * this.parts.random()) : 0;
  }

  /** @returns ms until the next round */
  async #contest(): Promise<number> {
    this.#elected = false;
    this.#tell(`holds ${this.#held.length} of ${this.parts.kubeClusters} Leases`);
    await this.#each((post) => this.#look(post));
    const free = this.#posts.filter((post) => this.#isFree(post));
    if (!this.#isMajority(free) || this.#stopped) {
      await this.#giveBack(this.#mine);
      return this.#untilFree();
    }
    const term = Math.max(this.#term, ...this.#posts.map(({ seen }) => seen?.term ?? 0)) + 1;
    await this.#each(async (post) => {
      if (free.includes(post)) await this.#take(post, term);
    });
    if (this.#isMajority(this.#held)) {
      this.#term = term;
      this.#elected = true;
      this.#tell(`term ${term}, holds ${this.#held.length} of ${this.parts.kubeClusters} Leases`);
      return RENEW_MS;
    }
    await this.#giveBack(this.#mine);
    return REST_MS * (1 + this.parts.random());
  }

  /** The next look, or the moment when enough Leases have run out, whichever is sooner. */
  #untilFree(): number {
    const now = this.parts.now();
    const ends = this.#posts
      .filter(({ answers }) => answers)
      .map((post) => (this.#isFree(post) ? 0 : post.seenAt + (post.seen?.durationMs ?? 0) - now))
      .sort((x, y) => x - y);
    const needed = ends[Math.floor(this.parts.kubeClusters / 2)];
    const look = LOOK_MS * (0.8 + 0.4 * this.parts.random());
    return needed === undefined ? look : Math.max(LEAST_MS, Math.min(look, needed));
  }

  #tell(why: string): void {
    const { leads } = this;
    if (leads === this.#told) return;
    this.#told = leads;
    this.parts.changed?.(leads, why);
  }
}
