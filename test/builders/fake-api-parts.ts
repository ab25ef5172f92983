/** What the HTTP API is made of, in memory: an imaginary farm at rest, people by token, and declarations that take changes. */
import type { ApiParts, AuditRecord, Gate, Person, Verb } from '../../src/api/parts.js';
import type { Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { FakeControl } from './fake-control.js';
import { FakeSight } from './fake-sight.js';

/** Everything; only reading; somebody who may nothing; only `Session`; nobody of these knows `wrong`. */
export const TOKEN = { admin: 'admin-token', reader: 'reader-token', stranger: 'stranger-token', owner: 'owner-token' };

export class FakeGate implements Gate {
  away = false;
  asked = 0;
  readonly people = new Map<string, Person & { readonly may: readonly Verb[]; readonly only?: string }>([
    [TOKEN.admin, { user: 'ann', groups: ['operators'], may: ['read', 'change', 'drain'] }],
    [TOKEN.reader, { user: 'rob', groups: [], may: ['read'] }],
    [TOKEN.stranger, { user: 'sam', groups: [], may: [] }],
    [TOKEN.owner, { user: 'olga', groups: ['team'], may: ['read', 'change'], only: 'Session' }],
  ]);

  async who(token: string): Promise<Person | undefined> {
    this.asked++;
    if (this.away) throw new Error('connect ECONNREFUSED 10.96.0.1:443');
    const person = this.people.get(token);
    return person && { user: person.user, groups: person.groups };
  }

  async may({ user }: Person, verb: Verb, clusterName?: string): Promise<boolean> {
    if (this.away) throw new Error('connect ECONNREFUSED 10.96.0.1:443');
    const person = [...this.people.values()].find((one) => one.user === user);
    if (!person?.may.includes(verb)) return false;
    return verb === 'read' || person.only === undefined || person.only === clusterName;
  }
}

/** Two of a kind: what a test holds on to, and the parts that the API gets. */
export class FakeApi {
  /** ms since the epoch; moves when a test moves it */
  time = Date.UTC(2026, 10, 22);
  readonly gate = new FakeGate();
  readonly sight: FakeSight;
  readonly control: FakeControl;
  readonly audits: AuditRecord[] = [];
  readonly failures: { readonly error: unknown; readonly request: string }[] = [];
  readonly parts: ApiParts;

  /** @param options seen: the farm was seen already; @default true */
  constructor(
    options: {
      readonly farm?: Farm;
      readonly openReading?: boolean;
      readonly page?: string;
      readonly seen?: boolean;
    } = {},
  ) {
    const now = (): number => this.time;
    this.sight = new FakeSight(options.farm ?? demo, now);
    this.control = new FakeControl(this.sight);
    if (options.seen ?? true) {
      this.sight.settle();
      this.sight.look();
    }
    this.parts = {
      sight: this.sight,
      control: this.control,
      gate: this.gate,
      openReading: options.openReading ?? true,
      page: options.page,
      version: '0.0.0-test',
      now,
      audit: (record) => this.audits.push(record),
      failed: (error, request) => this.failures.push({ error, request }),
    };
  }
}
