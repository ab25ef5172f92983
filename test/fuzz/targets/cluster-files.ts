import { readWishes } from '../../../src/cli/cluster-files.js';
import { planChanges } from '../../../src/cli/declared-change.js';
import type { DeclaredCluster } from '../../../src/cli/declared-state.js';
import { kubernetesName } from '../../../src/farm/words.js';
import { Broken, bytes, type FuzzTarget, readable, refusal, textOf } from '../target.js';
import { FARM, FRAME } from '../told-farm.js';

const current: readonly DeclaredCluster[] = FARM.cacheClusters.map(({ datacenters: _, ...spec }) => ({
  clusterName: spec.clusterName,
  spec,
  object: {
    apiVersion: 'cachefarm.dev/v1alpha1',
    kind: 'CacheCluster',
    metadata: { name: kubernetesName(spec.clusterName) },
    spec,
  },
}));

/** @throws Broken when something is written that the checks did not see whole */
export async function applyFile(text: string): Promise<void> {
  readable(
    await refusal(['CliError'], () => {
      const wishes = readWishes(FRAME, [{ name: 'a.yaml', text }]);
      const { changes, problems } = planChanges(FRAME, current, wishes);
      for (const { path, message } of problems) readable(new Error(`${path} ${message}`));
      if (problems.length > 0) return;
      for (const { wish, after } of changes)
        if (
          wish.kind === 'put' &&
          (after?.clusterName !== wish.clusterName || !Number.isSafeInteger(after.clusterSize))
        )
          throw new Broken(`accepted, and not what is written: ${JSON.stringify(after)}`);
    }),
  );
}

export const clusterFiles: FuzzTarget = {
  name: 'cluster-file',
  what: '`cachefarm apply -f`: YAML or JSON, refused with file and line and all of it, or checked as a whole farm',
  seeds: [
    'clusterName: User.feed\nclusterSize: 1\ntier: M1\n',
    '{"clusterName":"User.id","clusterSize":1,"placement":{"datacenters":["a"]}}',
    'apiVersion: cachefarm.dev/v1alpha1\nkind: CacheCluster\nmetadata: {name: user.id, labels: {a: b}}\nspec: {clusterName: User.id, clusterSize: 2, tier: M1}\n---\nclusterName: Chat.room\nclusterSize: null\n',
    'a: &a [1]\nb: [*a, *a]\n',
  ].map(bytes),
  words: [
    'clusterName',
    'clusterSize',
    'partitionSize',
    'standbys',
    'minReplicas',
    'importance',
    'backingGroup',
    'sentinelGroup',
    'placement',
    'datacenters',
    'null',
    '---\n',
    '!!binary ',
    '!!set ',
    '&a ',
    '*a',
    '<<: ',
    '? ',
    '- ',
    '__proto__',
    'spec:',
    'metadata:',
    'kind: CacheCluster\n',
    'apiVersion: cachefarm.dev/v1alpha1\n',
    '1e999',
    '.nan',
    '0x7fffffffffffffff',
    '%YAML 1.1\n',
  ],
  run: (input) => applyFile(textOf(input)),
};
