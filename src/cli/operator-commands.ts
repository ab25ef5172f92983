import type { Command } from 'commander';
import { applyCommand } from './apply.js';
import { barnCommand } from './barn.js';
import { deleteCommand } from './delete.js';
import { diffCommand } from './diff.js';
import { drainCommand } from './drain.js';
import { explainCommand } from './explain.js';
import { getCommand } from './get.js';
import { planCommand } from './plan.js';
import { rebalanceCommand } from './rebalance.js';
import { scaleCommand } from './scale.js';
import { seedCommand } from './seed.js';

/** All that needs a running farm and starts none: what Barn's image holds, without cdk8s. */
export const operatorCommands = (): readonly Command[] => [
  seedCommand(),
  planCommand(),
  barnCommand(),
  applyCommand(),
  scaleCommand(),
  deleteCommand(),
  drainCommand(),
  rebalanceCommand(),
  getCommand(),
  explainCommand(),
  diffCommand(),
];
