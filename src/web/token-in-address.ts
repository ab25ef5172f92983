/** A link with `#token=` logs in once: the token leaves the address, and with it history and screen, before anything else happens. */

/** `#token=abc&x=1` -> token `abc`, rest `#x=1`; undefined: there is none */
export function takeToken(hash: string): { readonly token: string; readonly rest: string } | undefined {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const token = parts.get('token')?.trim();
  if (token === undefined || token === '') return undefined;
  parts.delete('token');
  const rest = parts.toString();
  return { token, rest: rest === '' ? '' : `#${rest}` };
}
