import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { declaredIn } from '../barn/seed.js';
import type { Farm } from '../farm/model.js';
import { deriveFacts, type PartitionFact } from '../world/facts.js';
import { CliError } from './cli-error.js';
import { readClusterEvents } from './cluster-events.js';
import { type AccessOptions, accessFarm, type FarmAccess } from './farm-access.js';
import { firstLook } from './first-look.js';
import { addAccessOptions } from './shared-options.js';
import { accountOf, accountRecord, formatAccount } from './views/cluster-account.js';
import { type Explanation, explainPartition, formatExplanation } from './views/explain-partition.js';
import { partitionRow } from './views/list-partitions.js';

const OUTPUTS = ['text', 'json', 'yaml'] as const;

interface ExplainOptions extends AccessOptions {
  readonly output: (typeof OUTPUTS)[number];
}

function findPartition(farm: Farm, partitions: readonly PartitionFact[], name: string): PartitionFact {
  const found = partitions.find((candidate) => candidate.name === name);
  if (found) return found;
  if (farm.cacheClusters.some(({ clusterName }) => clusterName === name))
    throw new CliError(
      `${name} is a cache cluster: \`cachefarm get clusters ${name}\` tells how it is, \`cachefarm explain ${name}::0\` where its first partition is`,
    );
  const clusters = farm.cacheClusters
    .map(({ clusterName, clusterSize }) => `${clusterName}::0..${clusterSize - 1}`)
    .join(', ');
  throw new CliError(`no partition is called ${JSON.stringify(name)}; declared are ${clusters || 'none'}`);
}

/** An Event that begins with the name of another partition of the cache cluster is that one's. */
const concerns =
  ({ name, cluster }: PartitionFact) =>
  (message: string): boolean =>
    message.startsWith(`${name}:`) || !message.startsWith(`${cluster.clusterName}::`);

const trimmed = (lines: readonly string[]): readonly string[] => lines.map((line) => line.trim());

const recordOf = ({ why, ifItDied }: Explanation): Readonly<Record<string, unknown>> => ({
  why: trimmed(why),
  ifItDied: trimmed(ifItDied),
});

async function explain(access: FarmAccess, name: string, output: ExplainOptions['output']): Promise<string> {
  const [world, events] = await Promise.all([
    firstLook(access),
    readClusterEvents(access.endpoints, access.frame.namespace),
  ]);
  const farm = declaredIn(access.frame, world);
  const facts = deriveFacts(farm, world);
  const partition = findPartition(farm, facts.partitions, name);
  const explanation = explainPartition(farm, world, facts, partition);
  const account = accountOf(world, partition.cluster.clusterName, events, concerns(partition));
  if (output === 'text') return `${formatExplanation(explanation)}\n${formatAccount(account, Date.now())}`;
  const record = {
    ...partitionRow(farm, facts, partition).record,
    ...recordOf(explanation),
    ...accountRecord(account),
  };
  return output === 'json' ? `${JSON.stringify(record, null, 2)}\n` : stringify(record);
}

export function explainCommand(): Command {
  return addAccessOptions(
    new Command('explain')
      .summary('say where a partition is, why there, and what would happen if its machine or datacenter died')
      .description(
        'Says where a partition is, why there, and what would happen if its machine or datacenter died; then the conditions of its cache cluster, and the latest Events that are about it.',
      )
      .argument('<partition>', 'for example User.id::0')
      .addOption(new Option('-o, --output <form>', 'how to print').choices(OUTPUTS).default('text'))
      .action(async (name: string, { output, ...options }: ExplainOptions) => {
        const access = await accessFarm(options);
        try {
          process.stdout.write(await explain(access, name, output));
        } finally {
          access.close();
        }
      }),
  );
}
