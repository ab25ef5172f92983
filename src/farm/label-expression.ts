type Labels = Readonly<Record<string, string>>;

/** One expression of a Kubernetes LabelSelector. @returns undefined for an operator that Kubernetes has not */
export function labelExpressionHolds(
  labels: Labels,
  key: string,
  operator: unknown,
  values: readonly unknown[],
): boolean | undefined {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return undefined;
  }
}
