import { checkCacheClusters } from './check-cache-clusters.js';
import { checkCapacity } from './check-capacity.js';
import { checkFailureDomains } from './check-failure-domains.js';
import { checkGroupCeilings } from './check-group-ceilings.js';
import { checkImages } from './check-images.js';
import { checkLimits } from './check-limits.js';
import { checkMachines } from './check-machines.js';
import { checkMemory } from './check-memory.js';
import { checkNames } from './check-names.js';
import { checkPorts } from './check-ports.js';
import { checkSentinelGroups } from './check-sentinel-groups.js';
import { shapeFindings } from './check-shape.js';
import { type Draft, draftOf } from './draft.js';
import { type Check, type Finding, problem } from './finding.js';
import type { Farm, Problem } from './model.js';
import { resolveFarm } from './resolve.js';
import { farmSchema } from './schema.js';

export interface Checked {
  /** undefined when there are problems */
  readonly farm?: Farm;
  readonly problems: readonly Problem[];
  /** the farm works, but with a consequence its owner should know */
  readonly warnings: readonly Problem[];
}

/** In the order in which their findings are shown. */
const CHECKS: readonly Check[] = [
  checkNames,
  checkLimits,
  checkImages,
  checkMemory,
  checkPorts,
  checkMachines,
  checkFailureDomains,
  checkSentinelGroups,
  checkGroupCeilings,
  checkCacheClusters,
  checkCapacity,
];

const liesIn = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

/** All checks, without what they say about stand-ins. */
function findingsOf(draft: Draft): readonly Finding[] {
  const broken = [...draft.broken];
  return CHECKS.flatMap((check) => [...check(draft)]).filter(
    ({ path }) => !broken.some((outer) => liesIn(path, outer)),
  );
}

function gather(input: unknown): Checked {
  const parsed = farmSchema.safeParse(input);
  const issues = parsed.success ? [] : parsed.error.issues;
  const draft = draftOf(input, issues);
  const findings = [...shapeFindings(input, issues), ...(draft ? findingsOf(draft) : [])];
  const of = (severity: Finding['severity']): readonly Problem[] =>
    findings.filter((finding) => finding.severity === severity).map(({ path, message }) => ({ path, message }));
  const [problems, warnings] = [of('problem'), of('warning')];
  return parsed.success && problems.length === 0
    ? { farm: resolveFarm(parsed.data), problems, warnings }
    : { problems, warnings };
}

/**
 * Gathers every problem of a declared farm, whatever it is given; never throws.
 * Where a part has the wrong shape, all checks that do not rest on that part still run.
 */
export function checkFarm(spec: unknown): Checked {
  try {
    return gather(spec);
  } catch (error) {
    // Only an object that fights back (a getter or proxy that throws) gets here.
    const { path, message } = problem('farm', `could not be read (${describe(error)}); declare it as plain data`);
    return { problems: [{ path, message }], warnings: [] };
  }
}

function describe(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, 100);
  } catch {
    return 'an error without a message';
  }
}
