import { Argument, Command, Option } from 'commander';
import { type CliIo, processIo } from './cli-io.js';
import { completeWords } from './complete-words.js';
import { completionScript, SHELLS, type Shell } from './completion-scripts.js';
import { seconds } from './seconds.js';

/** s; a person waits for the list with the finger on the key */
const PATIENCE = 1.5;
/** Environment variable for farms that are far away: how long they have to answer, s. */
const PATIENCE_VARIABLE = 'CACHEFARM_COMPLETION_PATIENCE';

const HELP = `
Load it in the shell that asks, or in its start file:
  $ source <(cachefarm completion bash)
  $ source <(cachefarm completion zsh)
  $ cachefarm completion fish | source
Names of cache clusters, partitions, pods and machines are asked of the running farm, which has ${PATIENCE} s to
answer; ${PATIENCE_VARIABLE}=5 gives it 5.
For \`kubectl farm\` put kubectl_complete-farm on the PATH; npm does.`;

export function completionCommand(io: CliIo = processIo()): Command {
  return new Command('completion')
    .summary('print a script that completes commands, options and live names')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => io.out(completionScript(shell)));
}

/**
 * Candidates for a word, one a line; nothing when the farm does not answer in time.
 * @param words after the program's name; the last one is being typed
 * @param patience s, how long the farm has to answer
 */
export async function candidates(
  main: Command,
  words: readonly string[],
  patience: number,
): Promise<readonly string[]> {
  const { words: known, live, given } = completeWords(main, words);
  if (live === undefined) return known;
  const { liveNames } = await import('./live-names.js');
  const late = new Promise<readonly string[]>((resolve) => {
    setTimeout(() => resolve([]), 1_000 * patience).unref();
  });
  const asked = liveNames(live, given).catch((): readonly string[] => []);
  const part = words.at(-1) ?? '';
  return [...known, ...(await Promise.race([asked, late]))].filter((name) => name.startsWith(part));
}

/** Told by cobra's protocol to kubectl: no file names in this place. */
const NO_FILES = ':4';

/** What the scripts and kubectl call. It ends the process: an API server that hangs must not keep a shell waiting. */
export function completeCommand(main: () => Command): Command {
  return new Command('__complete')
    .argument('[words...]')
    .option('--kubectl', 'answer as kubectl_complete-<plugin> does')
    .addOption(
      new Option('--patience <seconds>', 'how long the farm has to answer')
        .env(PATIENCE_VARIABLE)
        .argParser(seconds)
        .default(PATIENCE),
    )
    .allowUnknownOption()
    .action(async (words: readonly string[], options: { readonly kubectl?: boolean; readonly patience: number }) => {
      const { kubectl = false, patience } = options;
      const found = await candidates(main(), words.length === 0 ? [''] : words, patience);
      const lines = kubectl ? [...found, NO_FILES] : found;
      process.stdout.write(lines.map((line) => `${line}\n`).join(''), () => process.exit(0));
    });
}
