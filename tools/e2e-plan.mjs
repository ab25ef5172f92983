// Which end-to-end test runs on which version of Kubernetes, and what may run beside what. Pure: no dependency, no effect.

/** One control plane, or much waiting: two at a time fit two cores. Longest first, so that the lanes end together. Others have both cores. */
export const BESIDE = [
  ...['gitops', 'kubelet', 'informer', 'control-plane', 'farm', 'crd', 'plain-apply'],
  ...['access', 'kubectl', 'rig', 'hands'],
];
/** What an older API server, controller or scheduler may answer otherwise, and what is cheap. */
export const OLDER_TOO = BESIDE.filter((name) => name !== 'gitops');

/**
 * Of a file that takes long, the tests that a plain `npm run e2e` runs: one of each kind, once each. All of them, as often as each says itself,
 * run with `npm run e2e -- failures`, `--all-failures`, and with `--kubernetes`.
 */
export const SOME = {
  failures: [
    'a Redis process',
    'a machine: its processes end, no heartbeats',
    'an API server; a Redis process there',
    'a Redis process hangs, and no pod is left to take over',
    'the leading Barn, not started again; three Redis processes',
    "a whole datacenter, the leader's",
    'the leader is cut from API servers and sentinels; a Redis process',
    'lists and watches: 429; two Redis processes',
    'the Leases are stolen, two Barns act; three Redis processes',
  ],
};

/** `test/kubernetes/crd.e2e.ts` is `crd`. */
export const nameOf = (path) => path.replace(/^.*[\\/]/, '').replace(/\.e2e\.ts$/, '');

/** A file that nobody has looked at yet has the machine for itself. */
const place = (name) => (BESIDE.includes(name) ? BESIDE.indexOf(name) : BESIDE.length);

/**
 * @param names of all end-to-end tests
 * @param versions newest first
 * @param everywhere every file on every version; else an older one gets what is cheap and may differ
 * @param allFailures of long files all tests too
 * @returns `jobs` in the order in which they start, `{ name, version, beside, only }`, `only` being titles, and `left`, what is not run
 */
export function planJobs({ names, versions, everywhere, allFailures }) {
  const [newest] = versions;
  const only = (name) => (everywhere || allFailures ? undefined : SOME[name]);
  const all = versions
    .flatMap((version) => names.map((name) => ({ name, version, beside: BESIDE.includes(name), only: only(name) })))
    .sort((one, other) => place(one.name) - place(other.name));
  const runs = ({ name, version }) => everywhere || version === newest || OLDER_TOO.includes(name);
  return { jobs: all.filter(runs), left: all.filter((job) => !runs(job)) };
}

const literal = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** jest's arguments for a job. */
export const argumentsOf = ({ name, only }) => [
  ...['--runTestsByPath', `test/kubernetes/${name}.e2e.ts`],
  ...(only ? ['-t', `^(${only.map(literal).join('|')})$`] : []),
];
