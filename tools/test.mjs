// `npm test`: set-up, build (some tests run the compiled command line), jest with the arguments passed through, and as the last line
// what jest counted. Fails when jest fails and when no test ran.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, run } from './run.mjs';

/** jest's own counts, as the closing line; a file that could not run at all is a failure that no test counts, so it is named. */
function closingLines(result) {
  const passed = result.numPassedTests;
  const failed = result.numFailedTests;
  const skipped = result.numPendingTests + result.numTodoTests;
  const broken = result.numRuntimeErrorTestSuites;
  return [
    ...(broken > 0 ? [`${broken} test file${broken === 1 ? '' : 's'} could not run`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${passed} passed, ${failed} failed`,
  ];
}

function readResult(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const env = await prepare({ tests: true });
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-jest-'));
const output = join(folder, 'jest.json');
try {
  const status = await run(
    process.execPath,
    ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${output}`, ...process.argv.slice(2)],
    {
      stdout: 2,
      env: {
        ...env,
        NODE_OPTIONS: [env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
          .filter(Boolean)
          .join(' '),
      },
    },
  );
  const result = readResult(output);
  if (!result) process.stderr.write('jest wrote no result\n');
  else process.stdout.write(`${closingLines(result).join('\n')}\n`);
  const ran = result ? result.numPassedTests + result.numFailedTests : 0;
  if (result && ran === 0) process.stderr.write('no test ran\n');
  process.exitCode = status === 0 && ran === 0 ? 1 : status;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
