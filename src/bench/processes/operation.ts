import { z } from 'zod';

/** Something that a child process does when asked. Both directions are parsed: the other side is another program. */
export interface Operation<Input, Output> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
}

/** Names an operation and the shapes that it takes and gives. */
export function operation<Input, Output>(
  name: string,
  input: z.ZodType<Input>,
  output: z.ZodType<Output>,
): Operation<Input, Output> {
  return { name, input, output };
}

/** What a child is sent. */
export const requestEnvelope = z.strictObject({ id: z.number(), name: z.string(), input: z.unknown() });

/** An error as it crosses a process border: its class by name, for the parent to make it anew. */
export const errorEnvelope = z.strictObject({
  name: z.string(),
  code: z.string(),
  message: z.string(),
  nextActions: z.array(z.string()),
  stack: z.string(),
});

export type ErrorEnvelope = z.infer<typeof errorEnvelope>;

/** What a child sends: an answer, a failure, or how far it has come. */
export const replyEnvelope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), id: z.number(), output: z.unknown() }),
  z.strictObject({ kind: z.literal('failure'), id: z.number(), error: errorEnvelope }),
  z.strictObject({ kind: z.literal('progress'), done: z.number(), total: z.number() }),
]);

export type ReplyEnvelope = z.infer<typeof replyEnvelope>;
