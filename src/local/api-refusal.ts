/** A request that the API refuses; becomes a Status object. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly causes: readonly { readonly field?: string; readonly reason?: string; readonly message: string }[] = [],
  ) {
    super(message);
  }
}

export const badRequest = (message: string): ApiRefusal => new ApiRefusal(400, 'BadRequest', message);

export const stale = (what: string): ApiRefusal =>
  new ApiRefusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${what}: the object has been modified; please apply your changes to the latest version and try again`,
  );

/** 422 with a cause a field, worded as an API server words it. */
export function invalid(
  kind: string,
  name: string,
  causes: readonly { readonly field: string; readonly reason?: string; readonly message: string }[],
): ApiRefusal {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new ApiRefusal(422, 'Invalid', `${kind} "${name}" is invalid: ${text}`, causes);
}

/** Body of a refused request. */
export const statusBody = ({ code, reason, message, causes }: ApiRefusal): Record<string, unknown> => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
  ...(causes.length === 0 ? {} : { details: { causes } }),
});
