import { besideAnotherWay } from './ways-to-read.js';

export const plain = besideAnotherWay(
  'plain',
  'What is gained over a handler by hand: a keyset loop, a write a row, a wait for drain?',
);
