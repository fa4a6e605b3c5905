/** Whether stdout shows colours: a terminal, and nobody who asked for none. */
export function terminalColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}
