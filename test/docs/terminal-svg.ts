import { escapeHtml } from '../../src/report/html/html.js';

/** A session in a terminal. */
export interface Session {
  readonly title: string;
  /** As it was typed. */
  readonly command: string;
  /** As it was printed, with its escape sequences for colours. */
  readonly output: string;
  /** Columns of the terminal; longer lines go on in the next one. */
  readonly columns: number;
}

const FONT_PX = 13;
const COLUMN_PX = 7.83;
const LINE_PX = 18;
const PADDING_PX = 18;
const BAR_PX = 34;

/** A terminal as SVG, light or dark as the reader's system is. */
export function terminalSvg({ title, command, output, columns }: Session): string {
  const typed = {
    text: `$ ${command}`,
    style: { color: 'var(--typed)', background: '', isBold: true, isFaint: false },
  };
  const lines = [[typed], [], ...styledLines(output)].flatMap((line) => wrapped(line, columns));
  const width = Math.ceil(columns * COLUMN_PX + 2 * PADDING_PX);
  const height = BAR_PX + lines.length * LINE_PX + PADDING_PX;
  const rows = lines.map((line, index) => rowOf(line, BAR_PX + (index + 1) * LINE_PX - 4)).filter((row) => row !== '');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}">
<title id="title">${escapeHtml(title)}</title>
<style>${STYLE}</style>
<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12"/>
${['#ec6a5e', '#f4bf4f', '#61c554'].map((color, index) => `<circle cx="${22 + index * 18}" cy="17" r="5.5" fill="${color}"/>`).join('')}
${rows.join('\n')}
</svg>
`;
}

const STYLE = [
  'svg { color: #1b2430; --typed: #1f5fbf; --green: #176b3a; --yellow: #8a5a00; --faint: #55606e; }',
  '.card { fill: #fbfcfd; stroke: #dfe3e8; }',
  '@media (prefers-color-scheme: dark) {',
  'svg { color: #e6ebf2; --typed: #82b1ff; --green: #6fd39a; --yellow: #e8b35c; --faint: #a3afbf; }',
  '.card { fill: #11161e; stroke: #2a3442; }',
  '}',
].join(' ');

interface Style {
  /** A colour of CSS; empty for the usual one. */
  readonly color: string;
  readonly background: string;
  readonly isBold: boolean;
  readonly isFaint: boolean;
}

/** Text in one style. */
interface Span {
  readonly text: string;
  readonly style: Style;
}

type Line = readonly Span[];

const PLAIN: Style = { color: '', background: '', isBold: false, isFaint: false };

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one.
const ESCAPE = /\u001b\[([\d;]*)m/;

/** The spans of each line; a style lasts until an escape sequence ends it, also across lines. */
function styledLines(output: string): Line[] {
  let style = PLAIN;
  return output.split('\n').map((line) => {
    const [first = '', ...rest] = line.split(ESCAPE);
    const spans: Span[] = [{ text: first, style }];
    for (let index = 0; index < rest.length; index += 2) {
      style = styleAfter(style, (rest[index] ?? '').split(';').map(Number));
      spans.push({ text: rest[index + 1] ?? '', style });
    }
    return spans.filter(({ text }) => text !== '');
  });
}

/** The style after an escape sequence: those that the reports use. */
function styleAfter(style: Style, codes: readonly number[]): Style {
  const [code = 0, kind, color = 0, ...rest] = codes;
  if ((code === 38 || code === 48) && kind === 5) {
    const now = code === 38 ? { ...style, color: rgbOf(color) } : { ...style, background: rgbOf(color) };
    return rest.length === 0 ? now : styleAfter(now, rest);
  }
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, isBold: true };
    case 2:
      return { ...style, isFaint: true };
    case 22:
      return { ...style, isBold: false, isFaint: false };
    case 32:
      return { ...style, color: 'var(--green)' };
    case 33:
      return { ...style, color: 'var(--yellow)' };
    case 39:
      return { ...style, color: '' };
    default:
      throw new Error(`the figure of a terminal knows no style ${code}`);
  }
}

/** One of the 256 colours of terminals: 16 named ones, a cube of 6 × 6 × 6, and 24 greys. */
function rgbOf(color: number): string {
  if (color < 16 || color > 231) throw new Error(`the figure of a terminal knows no colour ${color}`);
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = color - 16;
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

/** As a terminal does: a line that is too long goes on in the next one. */
function wrapped(line: Line, columns: number): Line[] {
  const lines: Span[][] = [[]];
  let room = columns;
  for (const { text, style } of line) {
    for (let rest = text; rest !== ''; ) {
      if (room === 0) {
        lines.push([]);
        room = columns;
      }
      const part = rest.slice(0, room);
      lines.at(-1)?.push({ text: part, style });
      rest = rest.slice(part.length);
      room -= part.length;
    }
  }
  return lines;
}

function rowOf(line: Line, y: number): string {
  let column = 0;
  return line
    .map(({ text, style }) => {
      const x = PADDING_PX + column * COLUMN_PX;
      const width = text.length * COLUMN_PX;
      column += text.length;
      const background =
        style.background === ''
          ? ''
          : `<rect x="${x.toFixed(1)}" y="${y - 14}" width="${width.toFixed(1)}" height="${LINE_PX}" fill="${style.background}"/>`;
      if (text.trim() === '') return background;
      const fill = style.color || (style.isFaint ? 'var(--faint)' : 'currentColor');
      const weight = style.isBold ? ' font-weight="600"' : '';
      // The length keeps columns in line, whichever font the reader has.
      return `${background}<text x="${x.toFixed(1)}" y="${y}" fill="${fill}"${weight} textLength="${width.toFixed(1)}" xml:space="preserve">${escapeHtml(text)}</text>`;
    })
    .join('');
}
