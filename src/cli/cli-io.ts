/** What a command reads and writes: data goes out, messages go to err. Tests hand in their own. */
export interface CliIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  out(text: string): void;
  err(text: string): void;
}

export const processIo = (): CliIo => ({
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
