// npm run fuzz: the targets of test/fuzz, guided by coverage. The bundle counts each branch of src that a run takes; an input that goes where none
// was before is kept (node_modules/.cache/cachefarm-fuzz/corpus), an input that breaks something is made small and saved beside it.
// Options: --minutes N (of all targets together; @default 1) --target NAME[,NAME] --seed N --replay FILE --list --verbose --json --help.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleTests, setUp } from './bundle-tests.mjs';
import { ROOT } from './run.mjs';

await setUp();
const { default: ts } = await import('typescript');
const FOLDER = join(ROOT, 'node_modules/.cache/cachefarm-fuzz');
/** as in test/fuzz/edges.ts */
const EDGES = 1 << 16;

const { factory } = ts;
let edges = 0;

const counted = () =>
  factory.createPostfixIncrement(
    factory.createElementAccessExpression(factory.createIdentifier('__fuzzEdges'), edges++ % EDGES),
  );
const before = (expression) => factory.createParenthesizedExpression(factory.createComma(counted(), expression));
const LOGICAL = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** A counter at each function, each arm of a condition, each right side of `&&`, `||`, `??`, each case, each loop's body. */
function withCounters(context) {
  const visit = (node) => {
    const inner = ts.visitEachChild(node, visit, context);
    if (ts.isBlock(inner) && !ts.isClassStaticBlockDeclaration(node.parent ?? node))
      return factory.updateBlock(inner, [factory.createExpressionStatement(counted()), ...inner.statements]);
    if (ts.isConditionalExpression(inner))
      return factory.updateConditionalExpression(
        inner,
        inner.condition,
        inner.questionToken,
        before(inner.whenTrue),
        inner.colonToken,
        before(inner.whenFalse),
      );
    if (ts.isBinaryExpression(inner) && LOGICAL.has(inner.operatorToken.kind))
      return factory.updateBinaryExpression(inner, inner.left, inner.operatorToken, before(inner.right));
    if (ts.isArrowFunction(inner) && !ts.isBlock(inner.body))
      return factory.updateArrowFunction(
        inner,
        inner.modifiers,
        inner.typeParameters,
        inner.parameters,
        inner.type,
        inner.equalsGreaterThanToken,
        before(inner.body),
      );
    if (ts.isCaseOrDefaultClause(inner)) {
      const statements = [factory.createExpressionStatement(counted()), ...inner.statements];
      return ts.isCaseClause(inner)
        ? factory.updateCaseClause(inner, inner.expression, statements)
        : factory.updateDefaultClause(inner, statements);
    }
    if (ts.isIfStatement(inner))
      return factory.updateIfStatement(
        inner,
        inner.expression,
        armed(inner.thenStatement),
        inner.elseStatement && armed(inner.elseStatement),
      );
    return inner;
  };
  return (file) => ts.visitNode(file, visit);
}

const armed = (statement) =>
  ts.isBlock(statement)
    ? statement
    : factory.createBlock([factory.createExpressionStatement(counted()), statement], true);

const counting = {
  name: 'counting',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      if (relative(ROOT, path).startsWith('..') || path.includes('/node_modules/')) return undefined;
      const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
        fileName: path,
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          inlineSourceMap: true,
          verbatimModuleSyntax: true,
        },
        transformers: { before: [withCounters] },
      });
      return { contents: outputText, loader: 'js' };
    });
  },
};

const argv = process.argv.slice(2);
if (argv.includes('--help')) {
  process.stdout.write(
    readFileSync(fileURLToPath(import.meta.url), 'utf8')
      .split('\n')
      .slice(0, 3)
      .map((line) => `${line.slice(3)}\n`)
      .join(''),
  );
  process.exit(0);
}
mkdirSync(FOLDER, { recursive: true });
const outfile = join(FOLDER, 'fuzz.mjs');
await bundleTests({
  entryPoints: [join(ROOT, 'test/fuzz/fuzz-main.ts')],
  outfile,
  banner: { js: `globalThis.__fuzzEdges ??= new Uint32Array(${EDGES});` },
  define: { 'import.meta.dirname': JSON.stringify(join(ROOT, 'test/local')) },
  plugins: [counting],
});
process.stderr.write(`${edges} branches are counted\n`);
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...argv], { stdio: 'inherit', cwd: ROOT });
child.once('close', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
