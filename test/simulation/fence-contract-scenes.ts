import type { Change, Scene, SceneGroup, SceneSentinel } from './fence-contract-stage.js';
import type { ToldName } from './told-sentinel.js';

/** Sentinels of one group that all say the same. */
const all = (names: readonly ToldName[], count = 3): readonly SceneSentinel[] =>
  Array.from({ length: count }, () => ({ names }));
const group = (sentinels: readonly SceneSentinel[], more: Partial<SceneGroup> = {}): readonly SceneGroup[] => [
  { name: 'main-0', sentinels, ...more },
];
const own = (name: string, epoch = '0'): ToldName => ({ name, master: 'me', epoch });
/** the pod is the standby of another one's partition */
const spare = (name: string, epoch = '0'): ToldName => ({ name, master: 'x', epoch, replicas: ['me'] });
const moved = (name: string, epoch: string): ToldName => ({ name, master: 'y', epoch, replicas: ['me'] });
const three = (names: readonly ToldName[]): Required<Pick<Change, 'names'>> => ({ names: [names, names, names] });
const claim = (from: string, to: string) => ['ACL', 'SETUSER', 'marker', `<${from}`, `>${to}`, 'resetkeys', `~${to}`];

/** What the sentinels and Barn do -> the scene. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'its name comes and greets it while it rests': {
    groups: group(all([])),
    greet: ['Later::0'],
    changes: [{ when: /no majority/, ...three([own('Later::0', '3')]) }],
    until: /open: bound/,
  },
  'no group is declared': { groups: [], until: /no sentinel group is declared/ },
  'nobody knows the address': {
    groups: group(all([spare('Other::0')].map((name) => ({ ...name, replicas: [] })))),
    until: /no majority/,
  },
  'one of three has it as a master': {
    groups: group([{ names: [own('Few::0')] }, {}, {}]),
    until: /no majority/,
  },
  'two of three are gone': {
    groups: group([{ names: [own('Down::0')] }, { mood: 'down' }, { mood: 'down' }]),
    until: /not enough answers/,
  },
  'two of three hang': {
    groups: group([{ names: [own('Hang::0')] }, { mood: 'hangs' }, { mood: 'hangs' }]),
    until: /not enough answers/,
  },
  'all refuse the password': {
    groups: group(Array.from({ length: 3 }, (): SceneSentinel => ({ mood: 'refuses' }))),
    until: /not enough answers/,
  },
  'all refuse the password, and take it a moment later': {
    groups: group(Array.from({ length: 3 }, (): SceneSentinel => ({ names: [own('Soon::0')], mood: 'refuses' }))),
    changes: [{ when: /not enough answers/, moods: ['well', 'well', 'well'] }],
    until: /open: bound/,
  },
  'one refuses and one is gone': {
    groups: group([{ mood: 'refuses' }, { mood: 'down' }, { names: [own('Alone::0')] }]),
    until: /not enough answers/,
  },
  'a group of five has three answers': {
    groups: group([...all([own('Five::0')], 3), { mood: 'down' }, { mood: 'down' }]),
    until: /done/,
  },
  'three answers of a group that is declared with seven': {
    groups: group(all([own('Seven::0')]), { size: 7 }),
    until: /not enough answers/,
  },
  'the address belongs to two cache clusters': {
    groups: group(all([own('One::0'), own('Two::0')])),
    until: /several owners/,
  },
  'the address belongs to a replicated and an unreplicated partition': {
    groups: [...group(all([own('One::0')])), { name: 'copied-0', kind: 'replicated', sentinels: all([own('One::1')]) }],
    until: /several owners/,
  },
  'the name is a user of ours': { groups: group(all([own('barn::0')])), until: /belongs to no partition/ },
  'the name has no index': { groups: group(all([own('barn-selftest')])), until: /belongs to no partition/ },
  'the index is not as we write it': { groups: group(all([own('Zero::01')])), until: /belongs to no partition/ },
  'the name holds what no name may': { groups: group(all([own('Od;d::0')])), until: /belongs to no partition/ },
  'the epoch is beyond any that we count to': {
    groups: group(all([own('Epoch::0', '100000000000000000')])),
    until: /belongs to no partition/,
  },
  'the address is one partition’s': { groups: group(all([own('User.id::0', '1025')])), until: /done/ },
  'two of three say so, with different epochs': {
    groups: group([{ names: [own('Part::3', '4')] }, { names: [own('Part::3', '5')] }, {}]),
    until: /done/,
  },
  'the application needs no password': { groups: group(all([own('None::0')])), auth: 'none', until: /done/ },
  'several partitions of one cache cluster have fallen back on it': {
    groups: group(all([own('Shelter::0', '3'), own('Shelter::1', '7')])),
    until: /shelter/,
  },
  'it is greeted as a standby': {
    groups: group(all([spare('Stand.by::0', '2'), spare('Stand.by::1', '3')])),
    greet: ['Stand.by::0', 'Stand.by::1'],
    until: /open: standby/,
  },
  'it is a standby that nobody greets': {
    groups: group(all([spare('Silent::0')])),
    until: /no majority/,
  },
  'it is greeted as a standby of two cache clusters': {
    groups: group(all([spare('One::0'), spare('Two::0')])),
    greet: ['One::0', 'Two::0'],
    until: /replica of several/,
  },
  'it is a standby and holds keys': {
    groups: group(all([spare('Keys::0')])),
    greet: ['Keys::0'],
    keys: ['left'],
    until: /holds keys/,
  },
  'it is greeted under a name that no sentinel has for it': {
    groups: group(all([{ ...spare('Rumour::0'), replicas: ['z'] }])),
    greet: ['Rumour::0'],
    until: /no majority/,
  },
  'one of a replicated partition’s replicas': {
    groups: group(all([spare('Copy::0')]), { kind: 'replicated' }),
    greet: ['Copy::0'],
    until: /attached by barn/,
  },
  'master of a replicated partition with its data': {
    groups: group(all([own('Kept::0', '6')]), { kind: 'replicated' }),
    keys: ['a', 'b'],
    until: /open: member/,
  },
  'master of a replicated partition without data, until its address has moved': {
    groups: group(all([own('Empty::0', '6')]), { kind: 'replicated' }),
    greet: ['Empty::0'],
    changes: [{ when: /empty, until/, ...three([moved('Empty::0', '7')]) }],
    until: /attached by barn/,
  },
  'master of a replicated partition without data': {
    groups: group(all([own('Deaf::0', '6')]), { kind: 'replicated' }),
    until: /empty, until/,
  },
  'master of a replicated partition without data, until its name is gone': {
    groups: group(all([own('Empty::1', '6')]), { kind: 'replicated' }),
    changes: [{ when: /empty, until/, ...three([]) }],
    until: /no majority/,
  },
  'master of two replicated partitions': {
    groups: group(all([own('Two::0'), own('Two::1')]), { kind: 'replicated' }),
    until: /several owners/,
  },
  'a failover is under way, and goes elsewhere': {
    groups: group([{ names: [moved('Ahead::0', '7')] }, { names: [own('Ahead::0')] }, { names: [own('Ahead::0')] }]),
    greet: ['Ahead::0'],
    changes: [{ when: /a failover has begun/, ...three([moved('Ahead::0', '7')]) }],
    until: /open: standby/,
  },
  'a failover is said to be under way, and ends': {
    groups: group(all([{ ...own('Flag::0'), flags: 'master,s_down,o_down' }])),
    changes: [{ when: /a failover has begun/, ...three([own('Flag::0')]) }],
    until: /done/,
  },
  'a failover in progress': {
    groups: group(all([{ ...own('Flag::1'), flags: 'master,failover_in_progress' }])),
    until: /a failover has begun/,
  },
  'the address has gone between INFO and the second question': {
    groups: group(all([{ ...own('Gone::0'), later: { master: 'z', epoch: '3' } }])),
    until: /no majority/,
  },
  'the address has become a standby’s in between': {
    groups: group(all([{ ...own('Turned::0'), later: { master: 'z', epoch: '3', replicas: ['me'] } }])),
    until: /open: standby/,
  },
  'one sentinel hangs': {
    groups: group([{ mood: 'hangs' }, { names: [own('Slow::0')] }, { names: [own('Slow::0')] }]),
    until: /done/,
  },
  'one answer is lost on the way': {
    groups: group([
      { names: [own('Cut::0')], mood: 'breaks off' },
      { names: [own('Cut::0')] },
      { names: [own('Cut::0')] },
    ]),
    until: /done/,
  },
  'two answers are lost on the way': {
    groups: group([
      { names: [own('Cut::0')], mood: 'breaks off' },
      { names: [own('Cut::0')], mood: 'breaks off' },
      { names: [own('Cut::0')] },
    ]),
    until: /not enough answers/,
  },
  'two sentinels die while they are asked': {
    groups: group([
      { names: [own('Cut::0')], mood: 'dies' },
      { names: [own('Cut::0')], mood: 'dies' },
      { names: [own('Cut::0')] },
    ]),
    until: /not enough answers/,
  },
  // redis-cli connects anew and goes on with the next line, so the two PONGs come all the same: it is asked again, and shut.
  'all answers are lost when it looks whether its partition has gone elsewhere': {
    groups: group(all([own('Lost::0')])),
    changes: [{ when: /open: bound/, ...three([moved('Lost::0', '7')]), moods: ['loses', 'loses', 'loses'] }],
    until: /shut: Lost::0 is at/,
  },
  'another group does not answer': {
    groups: [...group(all([own('Here::0')])), { name: 'other-0', sentinels: all([]).map(() => ({ mood: 'down' })) }],
    until: /open: bound/,
  },
  'Barn claims it while it asks': {
    groups: group([{ mood: 'hangs' }, { names: [own('Race::0')] }, { names: [own('Race::0')] }]),
    changes: [{ when: /INFO sentinel/, barn: [claim('locked', 'bound/Other::5/9')] }],
    until: /done/,
  },
  'its partition goes elsewhere just after it was bound': {
    groups: group(all([own('Moved::0')])),
    greet: ['Moved::0'],
    changes: [
      {
        when: /open: bound/,
        ...three([moved('Moved::0', '7')]),
        barn: [
          ['SET', 'key', 'value'],
          ['CONFIG', 'SET', 'min-replicas-max-lag', '5'],
        ],
      },
    ],
    until: /open: standby/,
  },
  'its partition goes elsewhere where the application needs no password': {
    groups: group(all([own('Moved::0', '6')])),
    auth: 'none',
    changes: [{ when: /open: bound/, ...three([moved('Moved::0', '7')]) }],
    until: /shut/,
  },
  'its partition is elsewhere with no higher epoch': {
    groups: group(all([own('Older::0', '9')])),
    changes: [{ when: /open: bound/, ...three([moved('Older::0', '9')]) }],
    until: /done/,
  },
  'one sentinel is ahead of the others, which follow': {
    groups: group(all([own('Lone::0')])),
    changes: [
      { when: /open: bound/, names: [[moved('Lone::0', '7')]] },
      { when: /looking again/, ...three([moved('Lone::0', '7')]) },
    ],
    until: /shut/,
  },
  'one sentinel is ahead of the others, and comes back': {
    groups: group(all([own('Back::0')])),
    changes: [
      { when: /open: bound/, names: [[moved('Back::0', '7')]] },
      { when: /looking again/, ...three([own('Back::0')]) },
    ],
    until: /done/,
  },
  'Barn has given it another claim since': {
    groups: group(all([own('Taken::0')])),
    changes: [
      {
        when: /open: bound/,
        ...three([moved('Taken::0', '7')]),
        barn: [claim('bound/Taken::0/0', 'bound/Taken::4/9'), ['SET', 'key', 'value']],
      },
    ],
    until: /done/,
  },
  'Barn has released it since': {
    groups: group(all([own('Freed::0')])),
    changes: [
      {
        when: /open: bound/,
        ...three([]),
        barn: [['ACL', 'DELUSER', 'Freed'], claim('bound/Freed::0/0', 'locked')],
      },
    ],
    until: /no majority/,
  },
};
