/** The API's own document, read as somebody who has nothing else would: requests made of it, answers held against it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fc } from '../builders/fast-check.js';
import type { Answered, Asked } from './api-rig.js';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'path' | 'method'>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export const operationsOf = ({ paths }: Document): readonly Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );

const DOCUMENT = 'https://farm.example/openapi.json';

/** @returns what an answer has that its document does not allow; empty: nothing */
export function answerChecker(document: Document): (operation: Operation, answer: Answered) => string {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: DOCUMENT, components: document.components });
  const compiled = new Map<Schema, ReturnType<typeof ajv.compile>>();
  const check = (schema: Schema, value: unknown): string => {
    const known =
      compiled.get(schema) ?? ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${DOCUMENT}#/`)));
    compiled.set(schema, known);
    return known(value) ? '' : ajv.errorsText(known.errors);
  };
  return ({ responses }, answer) => {
    const told = responses[answer.statusCode];
    if (!told) return `${answer.statusCode} is not in the document`;
    const type = (answer.headers['content-type'] ?? '').replace(/;.*$/s, '');
    if (type === 'text/event-stream') return '';
    const content = told.content?.[type];
    if (!content) return told.content === undefined && answer.body === '' ? '' : `${type} is not in the document`;
    return check(content.schema, answer.json());
  };
}

/** Names that are there, and values of any kind. */
const KNOWN = ['User.id', 'Session', 'User.id::0', 'M1', 'M4', 'main-0', 'a-m1', 'a', 'a/redis-m1-6378-0'];
const NASTY = [
  '',
  ' ',
  '\0',
  '\r\nx: y',
  '\u202e\ufeff\u0301',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '__proto__',
  'constructor',
  'toString',
  '{{7*7}}',
  "' OR 1=1 --",
  '<script>',
  '9'.repeat(400),
  'x'.repeat(5_000),
  '\u{1f4a9}'.repeat(50),
  'User.id::01',
  'User.id::999999',
  'user.ID',
  '1e999',
  'NaN',
];
const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.constantFrom(...KNOWN),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, true, -1, 0, 0.5, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[]], deep(500)),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(text, fc.jsonValue({ maxDepth: 1 })),
);

/** What a stranger reads in the farm itself before he asks: without it hardly anything would ever be done. */
const TOLD: Readonly<Record<string, readonly unknown[]>> = {
  tier: ['M1', 'M4', 'M16'],
  sentinelGroup: ['main-0', 'replicated-0', null],
  partitionSize: [1, 1, 1, 3],
  standbys: [0, 1, null],
  minReplicas: [0, null],
  importance: [1, 5, null],
  clusterSize: [1, 3, 10, 12],
  backingGroup: ['user-db', null],
  'if-match': ['1', '"1"', '"2"', '*', 'W/"1"'],
};

/** What a schema takes. Sizes stay small: a plan for a thousand partitions is slow, and another test's business. */
export function valid(document: Document, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return valid(document, document.components.schemas[name] ?? {});
  }
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valid(document, one)));
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'number':
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min((schema.minimum ?? 0) + 6, schema.maximum ?? 6) });
    case 'object':
      return object(document, schema);
    case 'string': {
      const pattern = new RegExp(schema.pattern ?? '^.*$', 'u');
      const known = KNOWN.filter((one) => pattern.test(one));
      const made = schema.pattern === undefined ? text : fc.stringMatching(pattern);
      return known.length > 0 ? fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 3 }, made) : made;
    }
    default:
      return hostile;
  }
}

function told(document: Document, name: string, schema: Schema): fc.Arbitrary<unknown> {
  const known = TOLD[name];
  const any = valid(document, schema);
  return known ? fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 9 }, { arbitrary: any, weight: 1 }) : any;
}

function object(document: Document, { properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, told(document, key, one)]));
  return fc.record(fields, { requiredKeys: [...required] });
}

/** Fields taken away, replaced, or added. */
const spoilt = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(body, fc.oneof(text, fc.constantFrom('clusterSize', 'tier', 'kind', 'name', 'token')), hostile, fc.boolean())
    .map(([whole, field, value, away]) => {
      const fields = Object.entries((whole ?? {}) as object).filter(([key]) => !away || key !== field);
      return Object.fromEntries(away ? fields : [...fields, [field, value]]);
    });

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';

/** Headers take no control characters: the client would refuse to send them. */
const headerText = (value: unknown): string =>
  asText(value)
    .replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
    .slice(0, 2_000);

function bodyOf(document: Document, operation: Operation): fc.Arbitrary<{ payload?: unknown; type?: string }> {
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema) return fc.constant({});
  const good = valid(document, schema);
  const json = (value: fc.Arbitrary<unknown>) =>
    value.map((one) => ({ payload: JSON.stringify(one) ?? '', type: 'application/json' }));
  const RAW = ['', '{', '[', '"', '\0', '{"a":1}}', '[1,]', '{"__proto__":{}}', '{"constructor":{"prototype":{}}}'];
  return fc.oneof(
    { arbitrary: json(good), weight: 5 },
    { arbitrary: json(spoilt(good)), weight: 4 },
    { arbitrary: json(hostile), weight: 1 },
    {
      arbitrary: fc.record({
        payload: fc.oneof(fc.constantFrom(...RAW), text, fc.constant('['.repeat(60_000))),
        type: fc.constantFrom('application/json', 'application/merge-patch+json', 'text/plain', 'text/html', 'x'),
      }),
      weight: 1,
    },
  );
}

const maybe = <T>(value: fc.Arbitrary<T>, required: boolean | undefined): fc.Arbitrary<T | undefined> =>
  required
    ? fc.oneof({ arbitrary: value, weight: 9 }, { arbitrary: fc.constant(undefined), weight: 1 })
    : fc.option(value, { nil: undefined });

/** One request to an operation: as its document says, or nearly, or not at all. */
export function requests(document: Document, operation: Operation): fc.Arbitrary<Asked> {
  const { parameters = [], path, method } = operation;
  const given = parameters.map((parameter) => {
    const good = told(document, parameter.name, parameter.schema);
    const value = fc.oneof({ arbitrary: good, weight: 4 }, { arbitrary: hostile, weight: 1 });
    return maybe(value, parameter.required || parameter.in === 'path').map((one) => ({ parameter, value: one }));
  });
  const more = fc.array(fc.tuple(text, text), { maxLength: 1 });
  const twice = fc.oneof({ arbitrary: fc.constant(false), weight: 9 }, { arbitrary: fc.constant(true), weight: 1 });
  return fc
    .record({ given: fc.tuple(...given), more, twice, body: bodyOf(document, operation), odd: fc.nat(9) })
    .map(({ given: values, more: extra, twice: doubled, body, odd }) => {
      const of = (where: string) =>
        values.filter(({ parameter, value }) => parameter.in === where && value !== undefined);
      const url = of('path').reduce(
        (so, { parameter, value }) => so.replace(`{${parameter.name}}`, encodeURIComponent(asText(value))),
        path,
      );
      const query = of('query').map(({ parameter, value }): [string, string] => [parameter.name, asText(value)]);
      const all = [...query, ...(doubled ? query : []), ...(odd === 0 ? extra : [])];
      const pairs = all.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
      const headers = Object.fromEntries(of('header').map((one) => [one.parameter.name, headerText(one.value)]));
      return {
        method,
        url: pairs.length > 0 ? `${url}?${pairs.join('&')}` : url,
        headers: { ...headers, ...(body.type === undefined ? {} : { 'content-type': body.type }) },
        ...(body.payload === undefined ? {} : { payload: body.payload }),
      };
    });
}
