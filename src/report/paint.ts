import { styleText } from 'node:util';

/** Styles for text that goes to a terminal; each leaves its text as it is where there is no colour. */
export interface Paint {
  title(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

export function createPaint(color: boolean): Paint {
  const style = (format: 'bold' | 'dim' | 'green' | 'yellow') => (text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  return { title: style('bold'), faint: style('dim'), good: style('green'), bad: style('yellow') };
}
