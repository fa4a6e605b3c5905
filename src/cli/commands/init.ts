import { Command } from 'commander';
import type { CliRuntime } from '../context.js';

export function initCommand(_runtime: CliRuntime): Command {
  return new Command('init');
}
