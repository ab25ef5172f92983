import { Argument, Command, Option } from 'commander';
import { declaredIn } from '../barn/seed.js';
import { suggest } from '../farm/nearest.js';
import { quote } from '../farm/quote.js';
import { deriveFacts } from '../world/facts.js';
import type { World } from '../world/model.js';
import { CliError } from './cli-error.js';
import { readClusterEvents } from './cluster-events.js';
import { type AccessOptions, accessFarm, type FarmAccess } from './farm-access.js';
import { firstLook } from './first-look.js';
import { addAccessOptions } from './shared-options.js';
import { accountOf, accountRecord, formatAccount } from './views/cluster-account.js';
import { listClusters } from './views/list-clusters.js';
import { listMachines } from './views/list-machines.js';
import { listPartitions } from './views/list-partitions.js';
import { listPods } from './views/list-pods.js';
import { listSentinels } from './views/list-sentinels.js';
import { formatListing, OUTPUTS, type Output } from './views/print-listing.js';
import type { Listing } from './views/row.js';

const KINDS = ['partitions', 'pods', 'clusters', 'sentinels', 'machines'] as const;
type Kind = (typeof KINDS)[number];

interface GetOptions extends AccessOptions {
  readonly output: Output;
  readonly watch?: boolean;
  readonly headers: boolean;
}

function list(kind: Kind, access: FarmAccess, world: World): Listing {
  const farm = declaredIn(access.frame, world);
  const facts = deriveFacts(farm, world);
  switch (kind) {
    case 'partitions':
      return listPartitions(farm, facts);
    case 'pods':
      return listPods(world, facts);
    case 'clusters':
      return listClusters(farm, world, facts);
    case 'sentinels':
      return listSentinels(world);
    case 'machines':
      return listMachines(world, facts);
  }
}

/** Cache clusters that were named, or are told to a program, come with what they say of themselves. */
async function told(access: FarmAccess, kind: Kind, names: readonly string[], options: GetOptions): Promise<string> {
  const { output, headers } = options;
  const world = await firstLook(access);
  const listing = select(list(kind, access, world), names);
  const forProgram = output === 'json' || output === 'yaml';
  const forPerson = (output === 'table' || output === 'wide') && headers && names.length > 0;
  if (kind !== 'clusters' || !(forProgram || forPerson)) return formatListing(listing, output, headers);
  const events = await readClusterEvents(access.endpoints, access.frame.namespace);
  const accounts = listing.rows.map(({ name }) => accountOf(world, name, events));
  const rows = listing.rows.map((row, i) => {
    const account = accounts[i];
    return account ? { ...row, record: { ...row.record, ...accountRecord(account) } } : row;
  });
  const now = Date.now();
  const sections = forPerson ? accounts.map((account) => `\n${formatAccount(account, now)}`) : [];
  return [formatListing({ ...listing, rows }, output, headers), ...sections].join('');
}

/** A name selects a row; a cache cluster's name selects its partitions. */
function select(listing: Listing, names: readonly string[]): Listing {
  if (names.length === 0) return listing;
  const rows = names.flatMap((name) => {
    const found = listing.rows.filter(
      (row) => row.name === name || row.name.endsWith(`/${name}`) || row.record.clusterName === name,
    );
    if (found.length === 0) {
      const clusters = listing.rows.flatMap(({ record }) => (record.clusterName ? [String(record.clusterName)] : []));
      const known = [...new Set([...clusters, ...listing.rows.map((row) => row.name)])];
      throw new CliError(`no ${listing.kind} is called ${quote(name)}; ${suggest(name, known)}`);
    }
    return found;
  });
  return { ...listing, rows };
}

async function watch(access: FarmAccess, kind: Kind, names: readonly string[], options: GetOptions): Promise<void> {
  const printed = new Map<string, string>();
  let heading = '';
  for (let first = true; ; first = false) {
    const world = await (first ? firstLook(access) : access.observe());
    const listing = select(list(kind, access, world), names);
    // A column comes with the first status that is written.
    const isNew = heading !== listing.columns.join();
    heading = listing.columns.join();
    const changed = listing.rows.filter((row) => printed.get(row.name) !== row.cells.join('\t'));
    for (const row of changed) printed.set(row.name, row.cells.join('\t'));
    if (changed.length > 0 || first)
      process.stdout.write(formatListing({ ...listing, rows: changed }, options.output, isNew && options.headers));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

export function getCommand(): Command {
  return addAccessOptions(
    new Command('get')
      .summary('list partitions, pods, clusters, sentinels or machines')
      .description(
        'Lists what is running, as the sentinels, the pods and Kubernetes say it at this moment. Cache clusters that are named come with their conditions and latest Events; REASON is why one is not as it should be, as Barn last wrote it.',
      )
      .addArgument(new Argument('<kind>').choices(KINDS))
      .argument('[names...]', 'only these; for partitions also the name of a cache cluster')
      .addOption(new Option('-o, --output <form>', 'how to print').choices(OUTPUTS).default('table'))
      .option('-w, --watch', 'go on and print every row that changes')
      .option('--no-headers', 'leave out the line of column names')
      .addHelpText(
        'after',
        '\nExamples:\n  $ cachefarm get partitions User.id -o wide\n  $ cachefarm get pods -o json\n  $ cachefarm get clusters User.id     # with its conditions and Events\n  $ cachefarm get clusters -w',
      )
      .action(async (kind: Kind, names: readonly string[], options: GetOptions) => {
        const access = await accessFarm(options);
        try {
          if (options.watch) await watch(access, kind, names, options);
          else process.stdout.write(await told(access, kind, names, options));
        } finally {
          access.close();
        }
      }),
  );
}
