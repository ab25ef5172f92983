/**
 * Deliberate mistakes, one at a time, that the simulation has to find (tools/sim.mjs): who reads them sees what it would let through otherwise. Each
 * `find` is in its file exactly once. Those of the fence are made in its model, which the contract test holds to the script.
 */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** the first seed in which it is looked for; @default 1, or what the command line says */
  readonly from?: number;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an epoch is not above what was seen',
    file: 'src/plan/epoch.ts',
    find: 'Math.max(Math.floor(highest / CONTROLLERS) + 1, floor) * CONTROLLERS + controller;',
    replace: 'highest;',
  },
  {
    name: 'what is in flight is forgotten',
    file: 'src/barn/barn.ts',
    find: 'inFlight: this.#inFlight.asOf(from),',
    replace: 'inFlight: new Set(),',
  },
  {
    name: 'one sentinel is enough to call a pod dead',
    file: 'src/world/evidence.ts',
    find: 'const needed = majorityOf(fact.group.size);',
    replace: 'const needed = 1;',
  },
  {
    name: 'who does not answer us is dead',
    file: 'src/world/evidence.ts',
    find: "return voices(fact, address, isDown) >= needed ? 'silence' : undefined;",
    replace: "return needed > 0 ? 'silence' : undefined;",
  },
  {
    name: 'a group without a majority is written to',
    file: 'src/plan/planning.ts',
    find: 'if (voting >= majorityOf(group.size)) continue;',
    replace: 'if (voting >= 0) continue;',
  },
  {
    name: 'a tilted sentinel is written to',
    file: 'src/plan/planning.ts',
    find: '(planning.facts.upSentinels.get(group.name) ?? []).filter((sentinel) => !sentinel.tilt);',
    replace: 'planning.facts.upSentinels.get(group.name) ?? [];',
  },
  {
    name: 'the budget of replacements is never spent',
    file: 'src/plan/decisions/replace-dead.ts',
    find: 'return spent &&',
    replace: 'return undefined &&',
  },
  {
    name: 'who takes over begins with a whole budget',
    file: 'src/barn/replacement-window.ts',
    find: 'if (!isKnown) this.record(',
    replace: 'if (cluster === undefined) this.record(',
  },
  {
    name: 'moves are begun without end',
    file: 'src/plan/moves-left.ts',
    find: 'planning.input.budget.moves -\n  movesUnderWay(planning) -',
    replace: '1_000 -\n  movesUnderWay(planning) -',
  },
  {
    name: 'a warm move does not wait for the last byte',
    file: 'src/act/hand-over.ts',
    find: 'if (has >= wanted) return true;',
    replace: 'if (has >= 0) return true;',
  },
  {
    name: 'a warm move takes no data along',
    file: 'src/act/hand-over.ts',
    find: "await send(redis, ['REPLICAOF', 'NO', 'ONE']);\n  const other",
    replace: "await send(redis, ['REPLICAOF', 'NO', 'ONE']);\n  await redis.flushall();\n  const other",
  },
  {
    name: 'replicas that are declared to be needed are not required',
    file: 'src/act/act-on-pod.ts',
    find: 'have its replicas.\n  if (action.minReplicas !== undefined)',
    replace: 'have its replicas.\n  if (action.minReplicas === -1)',
  },
  {
    name: 'whoever does not lead acts',
    file: 'src/barn/barn.ts',
    find: 'if (this.#stopped || !this.#leads) return;\n    if (decisions.length > 0)',
    replace: 'if (decisions.length > 0)',
  },
  {
    name: 'one Lease makes a leader',
    file: 'src/barn/election.ts',
    find: 'return posts.length * 2 > this.parts.kubeClusters;',
    replace: 'return posts.length > 0;',
  },
  {
    name: 'a leader goes on until after its Leases are free',
    file: 'src/barn/election.ts',
    find: 'post.heldUntil = from + seen.durationMs - MARGIN_MS;',
    replace: 'post.heldUntil = from + seen.durationMs + 2_000;',
  },
  {
    name: 'a released pod keeps its application',
    file: 'src/act/act-on-pod.ts',
    find: '  ...expelApplication(user),\n',
    replace: '',
  },
  {
    name: 'a pod is locked without being shut once more',
    file: 'src/act/act-on-pod.ts',
    find: '[...shut(applicationUser), CUT_OTHER_BARNS, swapMarker(expect, LOCKED)]',
    replace: '[CUT_OTHER_BARNS, swapMarker(expect, LOCKED)]',
    // Two Barns must open and release one pod at once: one seed in some thousands.
    from: 3401,
  },
  {
    name: 'a released pod keeps its data',
    file: 'src/act/act-on-pod.ts',
    find: 'await redis.flushall();\n  await dropFunctions(redis);',
    replace: 'await dropFunctions(redis);',
  },
  {
    name: 'a pod is flushed before its claim is looked at',
    file: 'src/act/act-on-pod.ts',
    find: 'const other = await swap(redis, action.expect, first);\n  if',
    replace: 'await redis.flushall();\n  const other = await swap(redis, action.expect, first);\n  if',
  },
  {
    name: 'sentinels may convert a bound pod',
    file: 'src/farm/access.ts',
    find: '  bound: hello,\n  incoming: hello,',
    replace:
      "  bound: hello + ' +info +role +multi +exec +slaveof +replicaof +config|rewrite +client|kill',\n  incoming: hello,",
  },
  {
    name: 'sentinels may convert a standby',
    file: 'src/farm/access.ts',
    find: '+info +role +multi +exec +script|kill`,',
    replace: '+info +role +multi +exec +script|kill +slaveof +replicaof +config|rewrite +client|kill`,',
  },
  {
    name: 'a move is told with an older epoch',
    file: 'src/act/switch-name.ts',
    find: 'return [helloFrom(peer, action.partition, action.pod.address, action.epoch)];',
    replace: 'return [helloFrom(peer, action.partition, action.pod.address, action.epoch - 1_048_576)];',
  },
  {
    name: 'what Sentinel did by itself is not adopted',
    file: 'src/plan/plan.ts',
    find: '  adoptFailover,\n  /* the dead',
    replace: '  /* the dead',
  },
  {
    name: 'a claim that lost is kept',
    file: 'src/plan/plan.ts',
    find: '  releaseSuperseded,\n  finishOpening,',
    replace: '  finishOpening,',
  },
  {
    name: 'a pod that is half open stays so',
    file: 'src/plan/plan.ts',
    find: '  finishOpening,\n  ...URGENT,',
    replace: '  ...URGENT,',
  },
  {
    name: 'two that share a pod go on sharing',
    file: 'src/plan/plan.ts',
    find: '  partShelters,\n  changeCopies,',
    replace: '  changeCopies,',
  },
  {
    name: 'sentinels may ask a pod while one of them is not heard',
    file: 'src/plan/decisions/let-sentinels-ask.ts',
    find: 'if (allowed && !(allHeard && isAloneThere',
    replace: 'if (allowed && !(allHeard !== undefined && isAloneThere',
  },
  {
    name: 'sentinels may ask a pod that others list',
    file: 'src/plan/decisions/let-sentinels-ask.ts',
    find: 'return names !== undefined && (names.size > 1 || !names.has(partition));',
    replace: 'return names !== undefined && partition === undefined;',
  },
  {
    name: 'a pod that a sentinel lists is idle',
    file: 'src/world/facts.ts',
    find: '!facts.listed.has(pod.address)',
    replace: 'pod.address !== undefined',
  },
  {
    name: 'one sentinel opens a pod',
    file: 'test/simulation/sim-fence-tally.ts',
    find: 'same.length <= Math.floor(size / 2)) continue;',
    replace: 'same.length < 1 || size < 0) continue;',
  },
  {
    name: 'the fence does not look again',
    file: 'test/simulation/sim-fence.ts',
    find: "if (kind === 'bound') yield* this.#keepWatch(sum, text, user);\n    else this.ended = true;",
    replace: 'this.ended = true;',
  },
  {
    name: 'the fence opens an empty master of a replicated partition',
    file: 'test/simulation/sim-fence.ts',
    find: 'if (!holds) {',
    replace: 'if (holds === undefined) {',
  },
  {
    name: 'the fence claims without looking',
    file: 'test/simulation/sim-fence.ts',
    find: "'marker', '<locked', ",
    replace: "'marker', 'resetpass', ",
  },
];
