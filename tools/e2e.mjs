// `npm run e2e`: set-up, build, the programs of a Kubernetes control plane (found, or built once), then jest over test/kubernetes/**/*.e2e.ts
// for each version asked: `-- --kubernetes newest|1.28|all` (default newest). All other arguments go to jest.
// The last lines are the versions, what jest counted and the times.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binariesOf, chooseVersions } from './kubernetes-binaries.mjs';
import { prepare, run } from './run.mjs';

/** Takes `--kubernetes X` or `--kubernetes=X` out of the arguments. */
function readArguments(args) {
  const at = args.findIndex((arg) => arg === '--kubernetes' || arg.startsWith('--kubernetes='));
  if (at < 0) return { asked: 'newest', rest: args };
  const joined = args[at].includes('=');
  const asked = joined ? args[at].slice('--kubernetes='.length) : args[at + 1];
  return { asked, rest: [...args.slice(0, at), ...args.slice(at + (joined ? 1 : 2))] };
}

const seconds = (since) => Math.round((Date.now() - since) / 1000);

function countsOf(path) {
  try {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numRuntimeErrorTestSuites: broken,
    } = JSON.parse(readFileSync(path, 'utf8'));
    return { passed, failed, broken };
  } catch {
    return { passed: 0, failed: 0, broken: 1 };
  }
}

/** @returns the closing line and whether all is well */
async function testOn(version, args, env, folder) {
  const output = join(folder, `${version}.json`);
  const start = Date.now();
  const jest = ['node_modules/jest/bin/jest.js', '--config', 'jest.e2e.config.mjs', '--json', `--outputFile=${output}`];
  const options = [env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const status = await run(process.execPath, [...jest, ...args], {
    stdout: 2,
    env: { ...env, CACHEFARM_KUBERNETES: version, NODE_OPTIONS: options.filter(Boolean).join(' ') },
  });
  const { passed, failed, broken } = countsOf(output);
  const files = broken > 0 ? `, ${broken} file${broken === 1 ? '' : 's'} could not run` : '';
  return {
    line: `kubernetes ${version}: ${passed} passed, ${failed} failed${files}, ${seconds(start)} s`,
    well: status === 0 && passed > 0,
  };
}

const { asked, rest } = readArguments(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-e2e-'));
try {
  const versions = chooseVersions(asked);
  const env = await prepare();
  const start = Date.now();
  const found = versions.map((version) => ({ version, binaries: binariesOf(version) }));
  process.stderr.write(`control plane found or built in ${seconds(start)} s\n`);
  const results = [];
  for (const { version, binaries } of found) {
    for (const [name, { path, version: own }] of Object.entries(binaries))
      process.stderr.write(`${name} ${own} ${path}\n`);
    results.push(await testOn(version, rest, env, folder));
  }
  process.stdout.write(results.map(({ line }) => `${line}\n`).join(''));
  process.exitCode = results.every(({ well }) => well) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
