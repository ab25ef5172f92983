// The page, built into lib/web: index.html, assets/ (hashed names), docs/ (the API's documentation), licences.txt.
// Skipped while nothing of what it is made of has changed. `--force` builds anyway.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const OUT = 'lib/web';
const STAMP = join(OUT, '.inputs');
/** GET of everything that a first visit loads; issue 6 */
const MOST_BYTES = 150_000;

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** The rooms that `web` may import, the tools themselves, and the versions of what is bundled. */
function inputsDigest() {
  const hash = createHash('sha256');
  const packages = ['react', 'react-dom', 'scheduler', 'vite', 'rapidoc'].map(
    (name) => `node_modules/${name}/package.json`,
  );
  const own = ['src/web', 'src/farm', 'src/keyspace', 'src/api/schemas.ts'].flatMap((path) =>
    path.endsWith('.ts') ? [path] : filesOf(path),
  );
  for (const path of [...own, ...packages, 'vite.config.mjs', 'tools/build-web.mjs'])
    hash.update(`${path}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>cachefarm HTTP API</title>
    <link rel="icon" href="/docs/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/docs/docs.css" />
    <script type="module" src="/docs/rapidoc-min.js"></script>
  </head>
  <body>
    <rapi-doc spec-url="/openapi.json" load-fonts="false" regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"
      theme="light" render-style="read" show-header="false" allow-server-selection="false" allow-spec-url-load="false"
      allow-spec-file-load="false" allow-spec-file-download="true" schema-style="table" primary-color="#1d5bd0">
      <p slot="nav-logo"><a href="/">cachefarm</a></p>
    </rapi-doc>
    <noscript>This page needs JavaScript; the document itself is <a href="/openapi.json">/openapi.json</a>.</noscript>
  </body>
</html>
`;
const DOCS_STYLE =
  'body{margin:0;font:14px/1.45 system-ui,sans-serif}[slot=nav-logo]{padding:12px 16px;margin:0;font-weight:650}[slot=nav-logo] a{color:#7aabff}\n';

function writeDocs() {
  const folder = join(OUT, 'docs');
  mkdirSync(folder, { recursive: true });
  cpSync('node_modules/rapidoc/dist/rapidoc-min.js', join(folder, 'rapidoc-min.js'));
  cpSync('node_modules/rapidoc/dist/rapidoc-min.js.LICENSE.txt', join(folder, 'rapidoc-min.js.LICENSE.txt'));
  writeFileSync(join(folder, 'index.html'), DOCS_PAGE);
  cpSync('src/web/icon.svg', join(folder, 'icon.svg'));
  writeFileSync(join(folder, 'docs.css'), DOCS_STYLE);
}

/** MIT asks that its text goes along; the minified bundle has no comments left. */
function writeLicences() {
  const texts = ['react', 'react-dom', 'scheduler', 'rapidoc'].map((name) => {
    const folder = join('node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
  });
  writeFileSync(join(OUT, 'licences.txt'), texts.join(`\n${'-'.repeat(72)}\n\n`));
}

/** Nobody loads more than one language. */
function printSizes() {
  const first = [join(OUT, 'index.html'), ...filesOf(join(OUT, 'assets'))];
  const sizes = first.map((path) => ({
    name: basename(path),
    gzipped: gzipSync(readFileSync(path), { level: 9 }).length,
  }));
  const kB = (bytes) => `${(bytes / 1_000).toFixed(1)} kB`;
  for (const { name, gzipped } of sizes) process.stdout.write(`  ${name.padEnd(28)} ${kB(gzipped).padStart(9)}\n`);
  const languageOf = (name) => /^(en|ko)-/.exec(name)?.[1];
  for (const language of ['en', 'ko']) {
    const all = sizes
      .filter(({ name }) => (languageOf(name) ?? language) === language)
      .reduce((sum, { gzipped }) => sum + gzipped, 0);
    process.stdout.write(`page, ${language}: first load ${kB(all)} gzipped of at most ${kB(MOST_BYTES)}\n`);
    if (all > MOST_BYTES) throw new Error(`the page's first load is ${kB(all)} gzipped, more than ${kB(MOST_BYTES)}`);
  }
}

const digest = inputsDigest();
const isFresh = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest;
if (!isFresh || process.argv.includes('--force')) {
  const { build } = await import('vite');
  await build({ configFile: 'vite.config.mjs', logLevel: 'warn' });
  writeDocs();
  writeLicences();
  printSizes();
  writeFileSync(STAMP, digest);
}
