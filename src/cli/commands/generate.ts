import { Command } from 'commander';
import type { CliRuntime } from '../context.js';

export function generateCommand(_runtime: CliRuntime): Command {
  return new Command('generate');
}
