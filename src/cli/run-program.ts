/** What all programs of this command line share: words of the process in, exit status and errors out. */
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.js';
import { completeCommand, completionCommand } from './completion.js';
import { isKubectlPlugin } from './locate-farm.js';
import { packageVersion } from './package-version.js';
import { endWhenReaderIsGone } from './reader-gone.js';

export function programOf(commands: readonly Command[]): Command {
  const main: Command = new Command(isKubectlPlugin() ? 'kubectl farm' : 'cachefarm')
    .description('A cache farm as code: anonymous Redis pods, named by Sentinel, declared in TypeScript.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: true });
  for (const command of commands) main.addCommand(command);
  main.addCommand(completionCommand()).addCommand(
    completeCommand(() => main),
    { hidden: true },
  );
  for (const command of [main, ...main.commands]) command.exitOverride();
  return main;
}

/** 0 for help and version, 2 for wrong usage as kubectl plugins do, 1 for what went wrong. */
function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CliError) return error.status;
  return 1;
}

/** Errors that say all there is to say; by name, because most of their modules are loaded only where they are needed. */
const PLAIN = new Set([
  'CliError',
  'InvalidFarm',
  'InvalidManifests',
  'FarmIsRunning',
  'ServerNotInstalled',
  'UnreadableManifests',
  'UnreadableSecrets',
  'FarmStateError',
]);

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return PLAIN.has(error.name) ? error.message : (error.stack ?? error.message);
}

/** kubectl asks `kubectl_complete-farm <words>` what may follow `kubectl farm <words>`. */
function words(): readonly string[] {
  const [, path = '', ...rest] = process.argv;
  return basename(path).startsWith('kubectl_complete-') ? ['__complete', '--kubectl', '--', ...rest] : rest;
}

/** Runs the command that this process was started with. Never throws: sets the exit status. */
export async function runProgram(commands: readonly Command[]): Promise<void> {
  endWhenReaderIsGone(words()[0]);
  try {
    await programOf(commands).parseAsync(words(), { from: 'user' });
  } catch (error) {
    process.exitCode = statusOf(error);
    if (error instanceof CommanderError) return;
    process.stderr.write(`${explain(error)}\n`);
  }
}
