// `npm run demo`: set-up, build, then the demo command with the arguments passed through. Only the demo writes to stdout (--json).
import { prepare, run } from './run.mjs';

const env = await prepare();
process.exitCode = await run(process.execPath, ['lib/src/cli/main.js', 'demo', ...process.argv.slice(2)], { env });
