// npm run bundle: the operator's program as one file, lib/cachefarm.cjs, that needs Node and nothing else, and beside it the licences of what
// is in it. Barn's image holds both, and the page (tools/build-web.mjs), for which the program looks beside itself (src/cli/page-folder.ts). CommonJS, because there it is called `cachefarm`, and Node takes a file without extension for that.
// `--analyze` prints what of it comes from where.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(ROOT, 'lib/cachefarm.cjs');
const LICENSES = join(ROOT, 'lib/cachefarm.licenses.txt');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Reads kubeconfigs and nothing else: its generated models are 14 MB of text, which one import of the package brings along. */
const CLIENT_NODE = join(ROOT, 'node_modules/@kubernetes/client-node/dist');
const ofClientNode = ({ importer }) => importer.startsWith(CLIENT_NODE + sep);

/** Classes that few kubeconfigs ask for (proxies, sign-on by OIDC): their packages are evaluated at the first use. */
const LAZY = {
  'socks-proxy-agent': ['SocksProxyAgent'],
  hpagent: ['HttpProxyAgent', 'HttpsProxyAgent'],
};
const lazily = (name, path) => {
  const classes = LAZY[name].map(
    (one) => `export function ${one}(...args) { return new (require(${JSON.stringify(path)}).${one})(...args); }`,
  );
  return classes.join('\n');
};

const ownVersion = {
  name: 'own-version',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/cli\/package-version\.ts$/ }, () => ({
      contents: `export const packageVersion = () => ${JSON.stringify(version)};`,
    }));
  },
};

const kubeconfigOnly = {
  name: 'kubeconfig-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: join(CLIENT_NODE, 'config.js') }));
    // makeApiClient() alone needs these, and nobody calls it: who did would get a TypeError, and test/cli/bundle.test.ts would tell.
    onResolve({ filter: /\/gen\/index\.js$/ }, (args) =>
      ofClientNode(args) ? { path: 'gen', namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /^gen$/, namespace: 'absent' }, () => ({
      contents: 'export const createConfiguration = undefined, ServerConfiguration = undefined;',
    }));
    // Node has Headers itself.
    onResolve({ filter: /^node-fetch$/ }, (args) =>
      ofClientNode(args) ? { path: 'fetch', namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /^fetch$/, namespace: 'absent' }, () => ({
      contents: 'export const Headers = globalThis.Headers;',
    }));
    onResolve({ filter: new RegExp(`^(${Object.keys(LAZY).join('|')})$`) }, (args) =>
      ofClientNode(args) ? { path: args.path, namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: lazily(path, createRequire(join(CLIENT_NODE, 'config.js')).resolve(path)),
      resolveDir: CLIENT_NODE,
    }));
  },
};

/** Messages in fifty languages, of which English alone is ever used. */
const englishOnly = {
  name: 'english-only',
  setup({ onResolve, onLoad }) {
    const inZod = join(ROOT, 'node_modules/zod') + sep;
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      importer.startsWith(inZod) ? { path: 'locales', namespace: 'english-only' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'english-only' }, () => ({ contents: 'export {};' }));
  },
};

const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/cli/operator.ts'],
  outfile: OUT,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Names stay: errors are told by them, and stack traces are read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  plugins: [ownVersion, kubeconfigOnly, englishOnly],
  // Where the Dockerfile puts Node: the image has no /usr/bin/env.
  banner: { js: '#!/usr/local/bin/node' },
  logLevel: 'warning',
});
chmodSync(OUT, 0o755);

/** What their licences ask for: name, version, and the text of the licence of each package in the bundle. */
function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(ROOT, folder, file), 'utf8').trim() : 'The package holds no text of it.';
  return `${name} ${version}: ${license}\n\n${text}\n`;
}
const folders = Object.values(metafile.outputs)
  .flatMap(({ inputs }) => Object.keys(inputs))
  .flatMap((path) => /^(?:lazy:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
writeFileSync(
  LICENSES,
  [...new Set(folders)]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`),
);

const [{ inputs }] = Object.values(metafile.outputs);
if (process.argv.includes('--analyze')) {
  const sizes = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    const from = name ?? path.split('/').slice(0, 2).join('/');
    sizes.set(from, (sizes.get(from) ?? 0) + bytesInOutput);
  }
  for (const [from, size] of [...sizes].sort(([, a], [, b]) => b - a))
    process.stdout.write(`${String(Math.ceil(size / 1024)).padStart(6)} kB  ${from}\n`);
}
