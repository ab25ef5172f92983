import { fileURLToPath } from 'node:url';
import { defineConfig, runnerImport } from 'vite';

const WORDS = /[\\/]src[\\/]web[\\/]words[\\/](en|ko)\.ts$/;

/** Words of both languages stand side by side in each file, and bundlers keep objects whole: each of en.ts and ko.ts becomes its own words only. */
const oneLanguageAFile = () => ({
  name: 'one-language-a-file',
  apply: 'build',
  async load(id) {
    const language = WORDS.exec(id)?.[1];
    if (language === undefined) return undefined;
    const { module } = await runnerImport(fileURLToPath(new URL('./src/web/words/all.ts', import.meta.url)));
    return `export const words = JSON.parse(${JSON.stringify(JSON.stringify(module.ALL_WORDS[language]))});`;
  },
});

/** Called by tools/build-web.mjs; `npx vite` serves the page alone, with the API of a running farm behind it (CACHEFARM_API). */
export default defineConfig({
  plugins: [oneLanguageAFile()],
  root: 'src/web',
  base: '/',
  publicDir: false,
  build: {
    outDir: '../../lib/web',
    emptyOutDir: true,
    // the Content-Security-Policy is `default-src 'self'`: no data: addresses
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // light-dark() as it is written
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/cluster', '/openapi.json'].map((path) => [path, process.env.CACHEFARM_API ?? 'http://127.0.0.1:9190']),
    ),
  },
});
