import { operatorCommands } from './operator-commands.js';
import { runProgram } from './run-program.js';

// Bundled as CommonJS (tools/bundle.mjs), which has no await up here; it never rejects.
void runProgram(operatorCommands());
