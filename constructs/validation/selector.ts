import { type Loose, list, record, records, strings, text } from '../../src/farm/loose.js';

type Labels = Readonly<Record<string, string>>;

function expressionHolds(expression: Loose, labels: Labels): boolean {
  const value = labels[text(expression.key) ?? ''];
  const values = list(expression.values);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** Kubernetes' LabelSelector: an absent one matches nothing, an empty one everything. */
export function selects(selector: unknown, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = record(selector);
  return (
    Object.entries(strings(matchLabels)).every(([key, value]) => labels[key] === value) &&
    records(matchExpressions).every((expression) => expressionHolds(expression, labels))
  );
}
