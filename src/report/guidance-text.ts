import { type Advice, type BenchResult, clearSettings } from '../results/index.js';
import { type AdviceWords, describeAdvice } from './describe-advice.js';
import { wrapText } from './layout.js';
import type { Paint } from './paint.js';

/** Each piece of advice: what to set, the figures it rests on, and what became of the rule of thumb. */
export function guidanceText({ guidance, table }: Pick<BenchResult, 'guidance' | 'table'>, paint: Paint): string {
  if (guidance.length === 0) return wrapText(noAdvice);
  return [
    paint.faint(wrapText(guidanceNote)),
    '',
    ...guidance.map((advice) => adviceText(describeAdvice(advice, table), paint)),
    '',
    ...configText(guidance),
  ].join('\n');
}

/** How the figures of the advice are to be read. */
export const guidanceNote =
  'The smallest value that is as fast as the fastest, but for what its clients can give up. Percentages: of the fastest value’s rate, within the same rounds; a range is its 95% interval, n the pairs compared.';

const noAdvice = 'No advice: give --chunk or --check-interval two values or more to compare.';

function adviceText({ headline, sentences, command }: AdviceWords, paint: Paint): string {
  return [
    paint.title(wrapText(headline, { hanging: '  ' })),
    ...sentences.map((sentence) => wrapText(sentence, { indent: '  ' })),
    ...(command === undefined ? [] : ['  To settle it:', wrapText(command, { indent: '  ', hanging: '    ' })]),
  ].join('\n');
}

/** The line for the configuration, where the advice is clear: `streaming: { chunkSize: 500 }`. */
export function configLine(guidance: readonly Advice[]): string | undefined {
  const settings = Object.entries(clearSettings(guidance)).map(([name, value]) => `${name}: ${value}`);
  return settings.length === 0 ? undefined : `streaming: { ${settings.join(', ')} }`;
}

function configText(guidance: readonly Advice[]): string[] {
  const line = configLine(guidance);
  return line === undefined ? [wrapText(nothingClear)] : ['In grpc-stream.config.ts (--apply writes it):', `  ${line}`];
}

/** What to do when the noise hides every difference. */
export const nothingClear = 'No setting stands out from the noise: keep the ones you have.';
