import type { Readable, Writable } from 'node:stream';
import { type CANCEL_SYMBOL, confirm, isCancel, select, text } from '@clack/prompts';
import { Interrupted } from './exit.js';

interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Questions go to stderr, because stdout is data. */
const standardTerminal: Terminal = { input: process.stdin, output: process.stderr };

/** Asks on the terminal; Enter alone takes the default. Every question throws `Interrupted` at Ctrl-C. */
export class Prompt {
  readonly #options: Terminal & { readonly signal: AbortSignal };

  constructor(signal: AbortSignal, terminal: Terminal = standardTerminal) {
    // On a terminal that reports 0 columns, questions would not be visible.
    if ('columns' in terminal.output && terminal.output.columns === 0)
      Object.assign(terminal.output, { columns: 80, rows: 24 });
    this.#options = { ...terminal, signal };
  }

  async text(message: string, preset: string): Promise<string> {
    return this.#answer(await text({ ...this.#options, message, placeholder: preset, defaultValue: preset }));
  }

  /** The first choice is the default. */
  async choice<T extends string>(message: string, choices: readonly T[]): Promise<T | undefined> {
    const options = choices.map((value) => ({ value }));
    const chosen = this.#answer(await select<string>({ ...this.#options, message, options }));
    return choices.find((choice) => choice === chosen);
  }

  async confirm(message: string): Promise<boolean> {
    return this.#answer(await confirm({ ...this.#options, message }));
  }

  #answer<T>(answer: T | typeof CANCEL_SYMBOL): T {
    this.#options.signal.throwIfAborted();
    if (isCancel(answer)) throw new Interrupted('the question was not answered');
    return answer;
  }
}
