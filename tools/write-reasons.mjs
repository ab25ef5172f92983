// Rewrites the table of docs/reasons.md from the planner's own list (after `npm run build`); a test holds the two together.
import { readFileSync, writeFileSync } from 'node:fs';
import { REASONS } from '../lib/src/plan/reasons.js';

const file = 'docs/reasons.md';
const lines = readFileSync(file, 'utf8').split('\n');
const first = lines.findIndex((line) => /^\| `[A-Z]/.test(line));
const rest = lines.slice(first).findIndex((line) => !line.startsWith('|'));
const rows = Object.entries(REASONS).map(([reason, sentence]) => `| \`${reason}\` | ${sentence} |`);
lines.splice(first, rest < 0 ? lines.length - first : rest, ...rows);
writeFileSync(file, lines.join('\n'));
