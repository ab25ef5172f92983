import { labelExpressionHolds } from '../../src/farm/label-expression.js';
import { list, record, records, strings, text } from '../../src/farm/loose.js';

type Labels = Readonly<Record<string, string>>;

/** Kubernetes' LabelSelector: an absent one matches nothing, an empty one everything; an operator that is none matches nothing. */
export function selects(selector: unknown, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = record(selector);
  return (
    Object.entries(strings(matchLabels)).every(([key, value]) => labels[key] === value) &&
    records(matchExpressions).every(
      ({ key, operator, values }) => labelExpressionHolds(labels, text(key) ?? '', operator, list(values)) ?? false,
    )
  );
}
