import { graveFindings } from './axe.js';
import { sidewaysOverflow } from './layout.js';
import { picture } from './screenshots.js';
import type { Visitor } from './visitor.js';

/** What is shown now: a picture of it, and whatever axe-core holds for grave, or reaches out of the window, becomes a fault of the visitor's page. */
export async function lookAt({ page, watched }: Visitor, name: string): Promise<void> {
  const found = [...(await graveFindings(page)), ...(await sidewaysOverflow(page))];
  for (const line of found) watched.fault(`${name}: ${line}`);
  await picture(page, name);
}
