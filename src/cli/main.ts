#!/usr/bin/env node
import { demoCommand } from './demo.js';
import { operatorCommands } from './operator-commands.js';
import { runProgram } from './run-program.js';
import { upCommand } from './up.js';

await runProgram([upCommand(), demoCommand(), ...operatorCommands()]);
