import { type Command, Option } from 'commander';
import { SERVERS } from '../local/server-programs.js';

export const stateOption = (): Option =>
  new Option(
    '--state <folder>',
    "state folder of an embedded farm (default: the farm's name under the user's cache folder)",
  );

export const farmOption = (): Option =>
  new Option('--farm <farm>', 'demo, talk, or a module that exports `farm`').default('demo');

export const serverOption = (): Option =>
  new Option('--server <server>', 'which server to run').choices(SERVERS).default('redis');

const CLUSTER = 'a farm in Kubernetes';

/** Where the running farm is looked for; locateFarm says what counts when several could be meant. */
export const addAccessOptions = (command: Command): Command =>
  command
    .addOption(stateOption())
    .addOption(farmOption())
    .addOption(
      new Option(
        '--kubeconfig <file>',
        `${CLUSTER}, by this file (default, as \`kubectl farm\`: KUBECONFIG or ~/.kube/config)`,
      ).conflicts('state'),
    )
    .addOption(
      new Option(
        '--context <context>',
        `${CLUSTER}, by this context of the kubeconfig (default: its current one)`,
      ).conflicts('state'),
    )
    .addOption(
      new Option(
        '-n, --namespace <namespace>',
        `${CLUSTER}, in this namespace (default: that of the context)`,
      ).conflicts('state'),
    );
