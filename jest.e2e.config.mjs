import config from './jest.config.mjs';

/** What runs on a real control plane: `npm run e2e`. One file at a time: three control planes and their machines fill two cores. */
export default {
  ...config,
  testMatch: ['**/test/kubernetes/**/*.e2e.ts'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
