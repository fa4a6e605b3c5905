#!/usr/bin/env node

// Prisma runs a schema's `provider = "grpc-stream"` as a command of that name, without arguments, and says so in the environment.
const isGenerator = process.env.PRISMA_GENERATOR_INVOCATION === 'true' && process.argv.length === 2;

if (isGenerator) {
  const { runGenerator } = await import('../src/generator/run-generator.js');
  runGenerator();
} else {
  const { exitCodeOf, guardOutput, printError } = await import('../src/cli/exit.js');
  guardOutput();
  try {
    const { runCli } = await import('../src/cli/run-cli.js');
    process.exitCode = await runCli(process.argv.slice(2));
  } catch (error) {
    printError(error, { verbose: process.argv.includes('--verbose') });
    process.exitCode = exitCodeOf(error);
  }
}
