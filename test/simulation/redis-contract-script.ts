/**
 * Plays a script of lines `who[@pod]: COMMAND word ...` on a stage and tells what came of it.
 *  who    user that logs in, each on a connection of its own that stays; `nobody` does not log in; `barn2`, `barn3` are further connections of barn
 *  pod    `p` when left out; a pod is started when it is first named; `<q>` in a command is the address of pod q, in two words
 *  &...   is not waited for: its reply comes at the end
 *  = 12   passes so many ms; ? who: COMMAND ~ text  waits until the reply holds the text; ! pod  ends that pod;  z pod  it hangs;  w pod  it goes on
 */
import type { PodHere, Stage, Talk } from './contract-stage.js';

/** What differs by nature: left out of INFO, or not the same twice. */
const INFO_FIELDS = new Set(
  (
    'redis_version redis_mode tcp_port role master_port master_link_status master_sync_in_progress slave_priority slave_read_only replica_announced ' +
    'connected_slaves min_slaves_good_slaves master_failover_state second_repl_offset repl_backlog_active repl_backlog_size ' +
    'repl_backlog_first_byte_offset repl_backlog_histlen master_repl_offset slave_repl_offset maxmemory db0 master_host master_replid master_replid2'
  ).split(' '),
);
const wordsOf = (line: string): readonly string[] => line.trim().split(/\s+/);

export class Script {
  readonly #pods = new Map<string, PodHere>();
  readonly #talks = new Map<string, Talk>();
  readonly #later: { line: string; reply: Promise<unknown> }[] = [];
  readonly #told: unknown[] = [];

  constructor(readonly stage: Stage) {}

  async play(lines: readonly string[]): Promise<readonly unknown[]> {
    for (const line of lines) await this.#step(line);
    for (const { line, reply } of this.#later) this.#tell(line, await reply);
    await this.stage.pass(50);
    for (const [who, { heard, closed }] of this.#talks)
      this.#told.push({ who, closed, ...(heard.length > 0 ? { heard: heard.map((text) => this.#mask(text)) } : {}) });
    return this.#told;
  }

  async #step(line: string): Promise<void> {
    const rest = line.slice(1).trim();
    switch (line[0]) {
      case '=':
        return this.stage.pass(Number(rest));
      case '!':
        return this.stage.end(await this.#pod(rest));
      case 'z':
        return this.stage.hang(await this.#pod(rest));
      case 'w':
        return this.stage.wake(await this.#pod(rest));
      case '&':
        this.#later.push({ line: rest, reply: this.#ask(rest) });
        return this.stage.pass(50);
      case '?':
        return this.#await(rest);
      default:
        this.#tell(line, await this.#ask(line));
    }
  }

  async #await(line: string): Promise<void> {
    const [question = '', text = ''] = line.split(' ~ ');
    await this.stage.until(line, async () => JSON.stringify(this.#shown(await this.#ask(question))).includes(text));
  }

  async #ask(line: string): Promise<unknown> {
    const [, who = '', text = ''] = /^(\S+): (.*)$/.exec(line) ?? [];
    const talk = await this.#talk(who);
    return talk.call(...(await this.#command(text)));
  }

  async #command(text: string): Promise<readonly string[]> {
    const words: string[] = [];
    for (const word of wordsOf(text)) {
      const pod = /^<(\w+)>$/.exec(word)?.[1];
      if (pod === undefined) words.push(word.replaceAll('·', ' '));
      else {
        const { ip, port } = await this.#pod(pod);
        words.push(ip, String(port));
      }
    }
    return words;
  }

  async #pod(name: string): Promise<PodHere> {
    const known = this.#pods.get(name) ?? (await this.stage.pod());
    this.#pods.set(name, known);
    return known;
  }

  async #talk(who: string): Promise<Talk> {
    const known = this.#talks.get(who);
    if (known) return known;
    const [label = '', pod = 'p'] = who.split('@');
    const user = label.replace(/\d+$/, '');
    const talk = await this.stage.talk(await this.#pod(pod), user === 'nobody' ? undefined : user);
    this.#talks.set(who, talk);
    return talk;
  }

  #tell(line: string, reply: unknown): void {
    this.#told.push([line, this.#shown(reply)]);
  }

  #mask(text: string): string {
    let masked = text.replace(/\b[0-9a-f]{40}\b/g, (id) => (/^0+$/.test(id) ? 'no id' : 'an id'));
    for (const [name, { ip }] of this.#pods) masked = masked.replaceAll(ip, name);
    return masked;
  }

  #shown(reply: unknown): unknown {
    if (reply instanceof Error) return `-${this.#mask(reply.message).trim()}`;
    if (Array.isArray(reply)) return reply.map((item) => this.#shown(item));
    if (typeof reply !== 'string') return reply;
    if (reply.startsWith('# ')) return this.#info(reply);
    return reply.startsWith('user ') ? aclLine(reply) : this.#mask(reply).trim();
  }

  #info(text: string): readonly string[] {
    return text.split('\r\n').flatMap((line) => (INFO_FIELDS.has(line.split(':')[0] ?? '') ? [this.#mask(line)] : []));
  }
}

/** Redis 7.0 sums up command rules in an order of its own, and rewrites categories: who may all but some is compared by what it may do. */
function aclLine(line: string): string {
  const words = wordsOf(line);
  const base = words.findIndex((word) => word === '+@all' || word === '-@all');
  const rules = words.slice(base + 1);
  return [...words.slice(0, base + 1), ...(words[base] === '+@all' ? [] : rules.sort())].join(' ');
}
