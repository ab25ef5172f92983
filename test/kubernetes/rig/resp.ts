/** RESP, as far as it takes to tell one element of a stream from the next. Source: Redis serialization protocol specification. */

/** @returns where the element that begins at `from` ends; undefined: not all of it is there */
function endOf(text: string, from: number): number | undefined {
  const line = text.indexOf('\r\n', from);
  if (line < 0) return undefined;
  const count = Number(text.slice(from + 1, line));
  let end = line + 2;
  if (text[from] === '$') end += count < 0 ? 0 : count + 2;
  if (text[from] === '*')
    for (let left = count; left > 0; left--) {
      const next = endOf(text, end);
      if (next === undefined) return undefined;
      end = next;
    }
  return end <= text.length ? end : undefined;
}

/** @param text latin1 @returns the whole elements at its begin, as they are */
export function respElements(text: string): readonly string[] {
  const elements: string[] = [];
  for (let from = 0; ; ) {
    const end = from < text.length ? endOf(text, from) : undefined;
    if (end === undefined) return elements;
    elements.push(text.slice(from, end));
    from = end;
  }
}

/** The words of a command or of an answer, on one line. */
export const respWords = (element: string): string =>
  element
    .split('\r\n')
    .filter((line) => line !== '' && !/^[*$]-?\d+$/.test(line))
    .join(' ');
