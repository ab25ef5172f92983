import { Command } from 'commander';
import { declaredIn } from '../barn/seed.js';
import { deriveFacts } from '../world/facts.js';
import { CliError } from './cli-error.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { addAccessOptions } from './shared-options.js';
import { explainPartition } from './views/explain-partition.js';

export function explainCommand(): Command {
  return addAccessOptions(
    new Command('explain')
      .summary('say where a partition is, why there, and what would happen if its machine or datacenter died')
      .argument('<partition>', 'for example User.id::0')
      .action(async (name: string, options: AccessOptions) => {
        const access = await accessFarm(options);
        try {
          const world = await access.observe();
          const farm = declaredIn(access.frame, world);
          const facts = deriveFacts(farm, world);
          const partition = facts.partitions.find((candidate) => candidate.name === name);
          if (!partition) {
            const clusters = farm.cacheClusters
              .map((cluster) => `${cluster.clusterName}::0..${cluster.clusterSize - 1}`)
              .join(', ');
            throw new CliError(`no partition is called ${JSON.stringify(name)}; declared are ${clusters || 'none'}`);
          }
          process.stdout.write(explainPartition(farm, world, facts, partition));
        } finally {
          access.close();
        }
      }),
  );
}
