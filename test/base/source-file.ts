import ts from 'typescript';

/** One import, re-export, `import()` or `import('...')` type of a source file. */
export interface Import {
  readonly specifier: string;
  /** nothing of it is left at run time */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** from the project's root, with `/` */
  readonly path: string;
  readonly imports: readonly Import[];
  /** names used as values that are not property names: `Date`, `Math.random`, `process` */
  readonly globals: readonly { readonly name: string; readonly line: number }[];
}

const isTypeOnlyImport = (clause: ts.ImportClause | undefined): boolean =>
  clause !== undefined &&
  (clause.phaseModifier === ts.SyntaxKind.TypeKeyword ||
    (clause.name === undefined &&
      clause.namedBindings !== undefined &&
      ts.isNamedImports(clause.namedBindings) &&
      clause.namedBindings.elements.length > 0 &&
      clause.namedBindings.elements.every((element) => element.isTypeOnly)));

const isTypeOnlyExport = (node: ts.ExportDeclaration): boolean =>
  node.isTypeOnly ||
  (node.exportClause !== undefined &&
    ts.isNamedExports(node.exportClause) &&
    node.exportClause.elements.length > 0 &&
    node.exportClause.elements.every((element) => element.isTypeOnly));

/** The module a node brings in, and whether only its types; undefined for any other node. */
function importOf(node: ts.Node): { readonly module: ts.Node | undefined; readonly typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node))
    return { module: node.moduleSpecifier, typeOnly: isTypeOnlyImport(node.importClause) };
  if (ts.isExportDeclaration(node)) return { module: node.moduleSpecifier, typeOnly: isTypeOnlyExport(node) };
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return { module: node.argument.literal, typeOnly: true };
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference))
    return { module: node.moduleReference.expression, typeOnly: node.isTypeOnly };
  const isLoad =
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require');
  return isLoad ? { module: node.arguments[0], typeOnly: false } : undefined;
}

/** `b` in `a.b`, `{ b: 1 }` and `interface { b: string }` names a property, not a global. */
function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent))
    return (ts.isPropertyAccessExpression(parent) ? parent.name : parent.right) === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
    parent.name === node
  );
}

/** `Math.random` for `Math.random()` and `Math['random']()`, else the identifier itself. */
function globalName(node: ts.Identifier): string {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return `${node.text}.${parent.name.text}`;
  if (
    ts.isElementAccessExpression(parent) &&
    parent.expression === node &&
    ts.isStringLiteral(parent.argumentExpression)
  )
    return `${node.text}.${parent.argumentExpression.text}`;
  return node.text;
}

/** Reads what a file imports and which free-standing names it uses; comments and strings do not count. */
export function parseSource(path: string, text: string): SourceFile {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const globals: { name: string; line: number }[] = [];
  const lineOf = (node: ts.Node): number => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found?.module && ts.isStringLiteralLike(found.module))
      imports.push({ specifier: found.module.text, typeOnly: found.typeOnly, line: lineOf(node) });
    if (ts.isIdentifier(node) && !isPropertyName(node)) globals.push({ name: globalName(node), line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, imports, globals };
}
