import { besideAnotherWay } from './ways-to-read.js';

export const legacy = besideAnotherWay(
  'legacy',
  'What is gained over reading the whole table into memory and sending it?',
);
