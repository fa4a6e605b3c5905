import { createInterface } from 'node:readline/promises';
import { UsageError } from '../../errors/index.js';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Questions go to stderr, because stdout is data. */
const standardTerminal: Terminal = { input: process.stdin, output: process.stderr };

/** Asks on the terminal; Enter alone takes the default. */
export class Prompt {
  readonly #signal: AbortSignal;
  readonly #terminal: Terminal;

  constructor(signal: AbortSignal, terminal: Terminal = standardTerminal) {
    this.#signal = signal;
    this.#terminal = terminal;
  }

  async text(question: string, preset: string): Promise<string> {
    const answer = (await this.#ask(`${question} (${preset}) `)).trim();
    return answer === '' ? preset : answer;
  }

  async choice<T extends string>(question: string, choices: readonly T[], preset: T): Promise<T> {
    for (;;) {
      const answer = await this.text(`${question} [${choices.join(', ')}]`, preset);
      const chosen = choices.find((choice) => choice === answer.toLowerCase());
      if (chosen !== undefined) return chosen;
      this.#terminal.output.write(`  please answer one of ${choices.join(', ')}\n`);
    }
  }

  async yes(question: string): Promise<boolean> {
    return /^y/i.test(await this.text(`${question} [y, n]`, 'y'));
  }

  async #ask(question: string): Promise<string> {
    const reader = createInterface(this.#terminal);
    // A terminal that reads a line keeps Ctrl-C to itself; the process has to hear of it, as everywhere else.
    reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const closed = new AbortController();
    reader.once('close', () => closed.abort());
    try {
      return await reader.question(question, { signal: AbortSignal.any([this.#signal, closed.signal]) });
    } catch (error) {
      this.#signal.throwIfAborted();
      throw new UsageError('init.no_answer', 'the question was not answered; nothing was written', {
        cause: error,
        nextActions: ['run it again with --yes to take the defaults'],
      });
    } finally {
      reader.close();
    }
  }
}
