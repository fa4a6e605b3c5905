import { liveFigures, PHASES } from './live-figures.js';
import { parseMetrics } from './parse-metrics.js';

/** As often as a person can take in; a tab that nobody sees asks nothing. */
const INTERVAL_MS = 2000;
/** Two minutes of it. */
const MOST_POINTS = 60;
const SVG = 'http://www.w3.org/2000/svg';

const pause = element('pause');
const points = [];
let before;

pause.addEventListener('click', () => {
  const paused = pause.getAttribute('aria-pressed') !== 'true';
  pause.setAttribute('aria-pressed', String(paused));
  if (paused) say('paused');
  else void update();
});
void keepUpdating();

async function keepUpdating() {
  for (;;) {
    if (!document.hidden && pause.getAttribute('aria-pressed') !== 'true') await update();
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

async function update() {
  try {
    const response = await fetch('metrics', { signal: AbortSignal.timeout(INTERVAL_MS * 5) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const reading = { samples: parseMetrics(await response.text()), at: performance.now() };
    show(liveFigures(reading.samples, before?.samples, (reading.at - (before?.at ?? reading.at)) / 1000));
    before = reading;
    say('up to date');
  } catch (error) {
    say(`the server cannot be read: ${error.message}`, true);
  }
}

/** Said only when it changes: a screen reader would say it every time. */
function say(text, failing = false) {
  const status = element('status');
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle('failing', failing);
}

function show(figures) {
  const drain = figures.shares?.find(({ phase }) => phase === 'drain');
  write('running', count(figures.running));
  write('rows', count(figures.rowsPerSecond));
  write('bytes', bytes(figures.bytesPerSecond));
  write('queued', bytes(figures.queuedBytes));
  write('backpressure', percent(drain?.share));
  if (figures.rowsPerSecond !== undefined) drawRate(figures.rowsPerSecond);
  drawShares(figures.shares);
  const ends = figures.ends.map(({ end, status, streams, share }) => [
    end,
    status || '–',
    count(streams),
    percent(share),
  ]);
  fill('ends', ends, 2);
  const methods = figures.methods.map(({ model, method, running, rowsPerSecond, rows }) => [
    model,
    method,
    count(running),
    count(rowsPerSecond),
    count(rows),
  ]);
  fill('methods', methods, 2);
}

function drawRate(rate) {
  points.push(rate);
  if (points.length > MOST_POINTS) points.shift();
  const top = Math.max(...points);
  const at = (value, index) => `${(index * 600) / Math.max(1, points.length - 1)} ${120 - (value / (top || 1)) * 116}`;
  const line = points.map(at).join(' L');
  element('rate-line').setAttribute('d', `M${line}`);
  element('rate-area').setAttribute('d', `M0 120 L${line} L600 120 Z`);
  element('rate').setAttribute('aria-label', `now ${count(rate)} rows a second, at most ${count(top)} lately`);
  write('rate-top', `at most ${count(top)}`);
  write('rate-span', `the last ${points.length * (INTERVAL_MS / 1000)} s`);
}

function drawShares(shares = PHASES.map((phase) => ({ phase, share: undefined }))) {
  let x = 0;
  const bars = shares.map(({ phase, share = 0 }) => {
    const bar = document.createElementNS(SVG, 'rect');
    const facts = { x, y: 0, width: share * 100, height: 6, 'data-phase': phase };
    for (const [name, value] of Object.entries(facts)) bar.setAttribute(name, String(value));
    x += share * 100;
    return bar;
  });
  element('time').replaceChildren(...bars);
  for (const { phase, share } of shares)
    document.querySelector(`#shares [data-phase="${phase}"] dd`).textContent = percent(share);
}

/** Text only: whatever a name holds, it is not read as HTML. */
function fill(id, rows, firstNumber) {
  if (rows.length === 0) return;
  element(id).replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement('tr');
      cells.forEach((text, index) => {
        const cell = row.insertCell();
        cell.textContent = text;
        cell.classList.toggle('number', index >= firstNumber);
      });
      return row;
    }),
  );
}

function element(id) {
  return document.getElementById(id);
}

function write(id, text) {
  element(id).textContent = text;
}

function count(value) {
  if (value === undefined) return '–';
  const notation = value >= 100_000 ? 'compact' : 'standard';
  return new Intl.NumberFormat('en', {
    notation,
    maximumFractionDigits: value < 10 ? 1 : notation === 'compact' ? 1 : 0,
  }).format(value);
}

function bytes(value) {
  if (value === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${count(value / 1024 ** power)} ${units[power]}`;
}

function percent(share) {
  return share === undefined ? '–' : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}
