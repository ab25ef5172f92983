import { must, run } from './run.mjs';

const SET_UP = ['tools/setup.mjs', '--without-valkey', '--without-chromium'];
/** Packages and Redis, on a machine that has neither; nothing when they are there. What comes from a package is imported after it. */
export const setUp = () => must('setup', run(process.execPath, SET_UP, { stdout: 2 }));

/** Programs of the tests that run outside jest, for Node: `options` are esbuild's. */
export async function bundleTests(options) {
  const { build } = await import('esbuild');
  await build({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    ...options,
  });
}
