import { Command } from 'commander';
import type { CliRuntime } from '../context.js';

export function seedCommand(_runtime: CliRuntime): Command {
  return new Command('seed');
}
