#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { applyCommand } from './apply.js';
import { barnCommand } from './barn.js';
import { CliError } from './cli-error.js';
import { completeCommand, completionCommand } from './completion.js';
import { deleteCommand } from './delete.js';
import { demoCommand } from './demo.js';
import { diffCommand } from './diff.js';
import { drainCommand } from './drain.js';
import { explainCommand } from './explain.js';
import { getCommand } from './get.js';
import { isKubectlPlugin } from './locate-farm.js';
import { planCommand } from './plan.js';
import { rebalanceCommand } from './rebalance.js';
import { scaleCommand } from './scale.js';
import { seedCommand } from './seed.js';
import { upCommand } from './up.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function program(): Command {
  const main: Command = new Command(isKubectlPlugin() ? 'kubectl farm' : 'cachefarm')
    .description('A cache farm as code: anonymous Redis pods, named by Sentinel, declared in TypeScript.')
    .version(version)
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: true })
    .addCommand(upCommand())
    .addCommand(demoCommand())
    .addCommand(seedCommand())
    .addCommand(planCommand())
    .addCommand(barnCommand())
    .addCommand(applyCommand())
    .addCommand(scaleCommand())
    .addCommand(deleteCommand())
    .addCommand(drainCommand())
    .addCommand(rebalanceCommand())
    .addCommand(getCommand())
    .addCommand(explainCommand())
    .addCommand(diffCommand())
    .addCommand(completionCommand())
    .addCommand(
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

async function run(): Promise<void> {
  try {
    await program().parseAsync(words(), { from: 'user' });
  } catch (error) {
    process.exitCode = statusOf(error);
    if (error instanceof CommanderError) return;
    process.stderr.write(`${explain(error)}\n`);
  }
}

await run();
