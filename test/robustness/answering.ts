/** A child of the harness: answers what its parent asks, and ends with it. */
export type Answers = Readonly<Record<string, (asked: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly kind: string;
  readonly asked: unknown;
}

export interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

export function answering(answers: Answers): void {
  const send = (answer: Answer): void => {
    if (process.connected) process.send?.(answer);
  };
  process.on('message', (question: Question) => {
    const { id, kind, asked } = question;
    Promise.resolve()
      .then(() => answers[kind]?.(asked as never))
      .then(
        (answer) => send({ id, answer: answer ?? null }),
        (error: Error) => send({ id, error: error.message }),
      );
  });
  process.once('disconnect', () => process.exit(0));
  // The terminal's Ctrl-C goes to the whole group: the parent ends its children itself.
  process.on('SIGINT', () => undefined);
}
