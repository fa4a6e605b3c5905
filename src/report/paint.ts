import { styleText } from 'node:util';

/** Styles for text that goes to a terminal; each leaves its text as it is where there is no colour. */
export interface Paint {
  title(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  /** A background from cold (0) to warm (1). */
  heat(text: string, warmth: number): string;
}

/** From dark blue over green to yellow, in the 256 colours that every terminal with colours has; black or white upon it. */
const HEAT = [17, 19, 24, 30, 36, 71, 107, 143, 179, 220] as const;
const LIGHT_FROM = 107;

export function createPaint(color: boolean): Paint {
  const style = (format: 'bold' | 'dim' | 'green' | 'yellow') => (text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const heat = (text: string, warmth: number) => {
    if (!color) return text;
    const background = HEAT[Math.round(warmth * (HEAT.length - 1))] ?? HEAT[0];
    return `\u001b[48;5;${background};38;5;${background >= LIGHT_FROM ? 16 : 231}m${text}\u001b[0m`;
  };
  return { title: style('bold'), faint: style('dim'), good: style('green'), bad: style('yellow'), heat };
}
