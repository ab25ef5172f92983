import config from './jest.config.mjs';

/** What runs on a real control plane: `npm run e2e`, which decides what runs beside what (tools/e2e-plan.mjs); in one jest one file at a time. */
export default {
  ...config,
  testMatch: ['**/test/kubernetes/**/*.e2e.ts'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
