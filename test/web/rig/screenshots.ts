import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { smallPng } from './small-png.js';

const DOCS = join(import.meta.dirname, '../../../docs');

/** `CACHEFARM_WRITE=1`: the pictures of docs/web.md are made anew. */
const WRITES = process.env.CACHEFARM_WRITE === '1';
/** A folder that gets every picture, for who wants to look at all views. */
const LOOK_AT = process.env.CACHEFARM_PICTURES;

let shown: ReadonlySet<string> | undefined;
/** Names of the pictures that docs/web.md shows. */
function inDocument(): ReadonlySet<string> {
  const text = readFileSync(join(DOCS, 'web.md'), 'utf8');
  shown ??= new Set([...text.matchAll(/\(web\/([\w-]+)\.png\)/g)].map(([, name = '']) => name));
  return shown;
}

/** What is in view now, as docs/web/<name>.png when the document shows it and pictures are to be written. */
export async function picture(page: Page, name: string): Promise<void> {
  const folders = [
    ...(WRITES && inDocument().has(name) ? [join(DOCS, 'web')] : []),
    ...(LOOK_AT === undefined ? [] : [LOOK_AT]),
  ];
  if (folders.length === 0) return;
  const png = smallPng(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.png`), png);
  }
}
