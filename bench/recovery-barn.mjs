// Barn in a process of its own, as in production: `node recovery-barn.mjs <state folder of an embedded farm>`. Tells its parent what it does.
import { randomInt } from 'node:crypto';
import { ReplacementWindow } from '../lib/src/barn/replacement-window.js';
import { accessFarm } from '../lib/src/cli/farm-access.js';
import { runBarn } from '../lib/src/cli/run-barn.js';
import { CONTROLLERS } from '../lib/src/plan/epoch.js';
import { BENCH_LIMITS, now } from './recovery-report.mjs';

const access = await accessFarm({ state: process.argv[2] });

const lines = {
  pass: ({ plan, ms }) => ({
    decisions: plan.decisions.length,
    reasons: plan.decisions.map(({ reason, subject }) => `${subject} ${reason}`),
    ms,
  }),
  decided: ({ decision }) => ({ reason: decision.reason, subject: decision.subject, detail: decision.detail }),
  ended: ({ decision, receipts, ms, downMs }) => ({
    reason: decision.reason,
    subject: decision.subject,
    ms,
    downMs,
    receipts: receipts.map(({ action, status, reason }) => `${action.kind} ${status} ${reason}`),
  }),
  failed: ({ error }) => ({ error: String(error?.stack ?? error) }),
};
const running = runBarn(access, {
  controller: randomInt(CONTROLLERS),
  window: new ReplacementWindow(BENCH_LIMITS),
  told: (event) => process.connected && process.send({ kind: event.kind, at: now(), ...lines[event.kind](event) }),
});

async function end() {
  await running.stop();
  access.close();
  process.exit(0);
}
process.once('SIGTERM', end);
process.once('disconnect', end);
