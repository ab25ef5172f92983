import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

const GRAVE = ['serious', 'critical'];

/** What axe-core holds for serious or critical on the page as it is now, a line each with the first elements concerned. */
export async function graveFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(`globalThis.axe ? undefined : (() => { ${SOURCE} })()`);
  const violations = await page.evaluate<readonly Violation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return violations
    .filter(({ impact }) => impact !== null && GRAVE.includes(impact))
    .map(({ id, impact, help, nodes }) => {
      const where = nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`);
      return `${impact} ${id}: ${help}; ${nodes.length} elements: ${where.join(' | ')}`;
    });
}
