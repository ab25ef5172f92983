/**
 * What others have tried on systems like ours (A1 to A30) and what we expect to go wrong with ours (R1 to R30), and what holds each of them here:
 * scenarios of this folder, tests of other kinds, or nothing yet.
 */

/** A test by its file, from the root of the project, and words of its title. */
export interface TestTitle {
  readonly file: string;
  readonly title: string;
}

/** Held by tests of another kind: no scenario is made of it a second time. */
export interface HeldElsewhere {
  readonly ids: readonly string[];
  readonly what: string;
  readonly tests: readonly TestTitle[];
}

/** Not here. */
export interface Later {
  readonly ids: readonly string[];
  readonly what: string;
  readonly why: string;
}

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

/** A: outside acceptance tests of other systems. R: faults that we know of. */
export const SOURCE_IDS: readonly string[] = [
  ...numbered('A', 30),
  ...['A2b', 'A2c', 'A2d', 'A2e', 'A2f', 'A2g'],
  ...numbered('R', 30),
];

const BARN = 'test/barn/barn-real-farm.test.ts';
const NOT_DEAD = 'test/barn/not-dead.test.ts';
const LEADERS = 'test/barn/leaders-real-farm.test.ts';
const FAILURES = 'test/kubernetes/rig/fail-watches.ts';
const test = (file: string, title: string): TestTitle => ({ file, title });

export const HELD_ELSEWHERE: readonly HeldElsewhere[] = [
  {
    ids: ['A2d'],
    what: 'sentinels that know nothing: data of a replicated partition is kept; where several pods may hold it the furthest is taken',
    tests: [
      test(
        'test/barn/lost-replicas.test.ts',
        'whose replicas no sentinel knows any more is served again, with every key',
      ),
      test('test/plan/promote-member.test.ts', 'of several the one that is furthest is taken'),
      test(
        'test/plan/promote-member.test.ts',
        'members without keys: only when no copy is missing that could hold some',
      ),
    ],
  },
  {
    ids: ['A2f'],
    what: 'only events, only passes, or both tell Barn of a death',
    tests: [
      test('test/barn/hints.test.ts', 'and every 25 ms once it is no crash; then the passes take over'),
      test('test/client/sentinels.test.ts', 'the poll finds what no subscription told'),
    ],
  },
  {
    ids: ['A5', 'R24', 'R25'],
    what: 'who does not answer Barn, while the sentinels see it, is not dead: firewall, full pod, busy pod, cut datacenter',
    tests: [
      test(
        NOT_DEAD,
        'a firewall that rejects Barn alone, while the sentinels are connected, moves nothing; a kill does',
      ),
      test(NOT_DEAD, 'a pod with no client to spare, for Barn or for any sentinel, moves nothing; a kill does'),
      test(NOT_DEAD, 'a pod that is busy, its accept queue full of connections, moves nothing; a kill does'),
      test(NOT_DEAD, 'a cut between Barn and one datacenter moves nothing; a kill does'),
    ],
  },
  {
    ids: ['A7', 'A30'],
    what: 'invariants over a history: one owner a name, no foreign data, nothing acted on in doubt',
    tests: [
      test(
        'test/simulation/simulation.test.ts',
        'that loses a datacenter serves again, and is spread again once it is back',
      ),
      test('test/simulation/simulation.test.ts', 'the faults of a seed are drawn from all kinds'),
      test('test/robustness/judge.test.ts', 'one pod under the names of two cache clusters is found'),
    ],
  },
  {
    ids: ['A12'],
    what: 'a value that no server would start with is refused before anything is written',
    tests: [
      test('test/constructs/synthesize-farm.test.ts', 'problems of all constructs are told together'),
      test('test/farm/check.test.ts', 'a farm with anything in the place of one value is answered'),
    ],
  },
  {
    ids: ['A15'],
    what: 'what cannot be placed is said, and nothing is placed worse in silence',
    tests: [
      test('test/plan/cluster-status.test.ts', 'say which partitions, and not more than a few'),
      test('test/plan/idle-reserve.test.ts', 'a drain waits for more of them, and says so'),
    ],
  },
  {
    ids: ['A16'],
    what: 'a changed template restarts nothing by itself; more copies and fewer under way',
    tests: [
      test('test/local/on-delete.test.ts', 'a changed template moves no pod, and a restart in place keeps the old one'),
      test('test/plan/life.test.ts', 'one copy to two, and back: the pod that holds the data keeps it'),
    ],
  },
  {
    ids: ['A19'],
    what: 'placement under losses: never two of a pair on a machine, lower bounds kept, no silence where it cannot be',
    tests: [
      test('test/plan/placement.test.ts', 'is met by some assignment and beaten by none'),
      test(
        'test/plan/placement.test.ts',
        'keeps copies of one partition on different machines, and in different datacenters while it can',
      ),
      test('test/plan/small-farm-spread.test.ts', 'is so again some time after %s was lost and came back'),
      test('test/plan/placement.test.ts', 'gives nothing when no pod of the tier is idle'),
    ],
  },
  {
    ids: ['A22'],
    what: 'a pod that hangs, and one that hangs and wakes up',
    tests: [
      test(
        BARN,
        'a hung pod: moved when a majority of sentinels calls it down; resumed, it is released and serves nobody',
      ),
    ],
  },
  {
    ids: ['A26'],
    what: 'no majority, another claim, a failover under way: hands off',
    tests: [
      test('test/plan/seed.test.ts', 'a group without a majority of sentinels is left alone and said'),
      test('test/plan/anothers-pod.test.ts', 'is left to Sentinel while that fails it over, and that is said'),
      test(
        'test/scripts/redis-fence-locked.test.ts',
        'whose address one sentinel, ahead of the others, has already taken away',
      ),
    ],
  },
  {
    ids: ['A28'],
    what: 'an address that was another partition’s: Sentinel promotes, converts and opens nothing there',
    tests: [
      test(
        'test/scripts/sentinel-and-claims.test.ts',
        'never promotes a pod that is bound to another partition, though an old address is listed as replica',
      ),
      test('test/scripts/redis-fence-locked.test.ts', 'whose address belongs to partitions of two cache clusters'),
    ],
  },
  {
    ids: ['A29'],
    what: 'a replicated master leaves its machine only when its successor has every key',
    tests: [
      test(
        'test/barn/member-moves.test.ts',
        'leave a drained datacenter, also the master, and spread again afterwards, with every key',
      ),
      test(
        'test/plan/min-replicas.test.ts',
        'a machine that is drained never leaves a master with fewer replicas than it requires',
      ),
    ],
  },
  {
    ids: ['R10'],
    what: 'a pod that is slow for Barn only moves nothing; the brakes hold after many failures',
    tests: [test('test/observe/probe.test.ts', 'somebody listens and says nothing: not refused')],
  },
  {
    ids: ['R18', 'R19'],
    what: 'two Barns that both believe to lead',
    tests: [
      test(
        LEADERS,
        'two that both believe to lead: epochs keep them apart, each partition serves once and no pod twice',
      ),
      test('test/kubernetes/rig/fail-two-barns.ts', 'the Leases are stolen, two Barns act; three Redis processes'),
      test('test/kubernetes/rig/late-writes.test.ts', 'the old writes arrive: each is refused, nothing moves'),
    ],
  },
  {
    ids: ['R20'],
    what: 'an API server that is dead, hangs, or has lost its etcd, while pods die',
    tests: [
      test('test/kubernetes/rig/fail-processes.ts', 'an API server; a Redis process there'),
      test('test/kubernetes/rig/fail-processes.ts', 'an API server hangs; a Redis process there'),
      test('test/kubernetes/rig/fail-processes.ts', 'an etcd; a Redis process there'),
    ],
  },
  {
    ids: ['R21'],
    what: 'watches that end, expire, are throttled, slow or cut short',
    tests: [
      test(FAILURES, 'watches: 410 Gone; two Redis processes'),
      test(FAILURES, 'lists and watches: truncated; two Redis processes'),
      test(
        'test/observe/kube-watch-model.test.ts',
        'whatever fails while whatever is written, what is remembered is in the end what there is (seed %i)',
      ),
    ],
  },
  {
    ids: ['R27'],
    what: 'clocks that jump or are hours apart',
    tests: [
      test('test/barn/election.test.ts', 'clocks that are hours apart make no difference'),
      test(
        'test/act/end-tilt.test.ts',
        'a bare sentinel stays tilted by itself, and is out of it with the throw-away name, which then goes',
      ),
    ],
  },
  {
    ids: ['R30'],
    what: 'an application that tries everything else: refused on pods and sentinels',
    tests: [
      test('test/scripts/application-access.test.ts', 'must not %s'),
      test('test/scripts/sentinel-access.test.ts', 'an application must not %s'),
      test(
        'test/scripts/redis-fence-locked.test.ts',
        'whose name carries an epoch that no controller of ours counts to',
      ),
    ],
  },
];

export const LATER: readonly Later[] = [
  {
    ids: ['A23'],
    what: 'another size of a sentinel group, declared while it runs',
    why: 'a group has its size for life: nothing else is promised; sentinels that die and return are scenarios',
  },
  {
    ids: ['A2', 'A2b'],
    what: 'the client programs of other projects themselves, run against our sentinels',
    why: 'their sources are no packages that a test could install; our clients count the same: attempts, failures, foreign values, lost keys',
  },
  {
    ids: ['A2e', 'A3', 'A9', 'A11', 'A13'],
    what: 'slots, CLUSTER RESET, TAKEOVER, total wipe of a Redis Cluster',
    why: 'there is no Redis Cluster mode yet',
  },
  { ids: ['A1'], what: 'the HTTP API agrees with the sentinels on the master', why: 'there is no HTTP API yet' },
  {
    ids: ['A2g', 'A25'],
    what: '1,000 and more partitions, 100 pods at once',
    why: 'more processes than a harness on two cores runs; npm run bench:mass kills a hundred pods at once',
  },
  {
    ids: ['R6'],
    what: '200 to 300 partitions lost with a datacenter',
    why: 'the same, at the size of this farm, is a scenario; the size is measured by npm run bench:mass',
  },
  {
    ids: ['A8', 'R16'],
    what: '100 ms for each write to a disk',
    why: 'the cache keeps nothing on disks, and no tool here delays one; a full disk is a scenario',
  },
  { ids: ['A28', 'R26'], what: 'delay and jitter on every link', why: 'needs netem, where the kernel has it' },
  {
    ids: ['R22'],
    what: 'an older release of Barn and back',
    why: 'there is one release; its replacement by itself is a scenario',
  },
  {
    ids: ['A10'],
    what: 'slots that nobody covers are never Ready',
    why: 'there is no Redis Cluster mode; the same for a partition is a scenario',
  },
];
